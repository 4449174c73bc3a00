// Writes scalars.tsv and documents.tsv beside it: what gopkg.in/yaml.v3, the YAML library of Butane, makes of scalars and documents.
// The tables are kept; they are written again only when a case is added:
//
//	apt-get install golang-go golang-gopkg-yaml.v3-dev
//	GO111MODULE=off GOPATH=/usr/share/gocode go run generate.go
//
// A result is "-" when the target stays unset, "error", or the value: texts in quotes, bytes that are no UTF-8 as base64.
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

type resource struct {
	Source *string `yaml:"source"`
}

type targets struct {
	Text    *string    `yaml:"text"`
	Flag    *bool      `yaml:"flag"`
	Number  *int       `yaml:"number"`
	Object  *resource  `yaml:"object"`
	Texts   []string   `yaml:"texts"`
	Objects []resource `yaml:"objects"`
}

var scalars = []string{
	// Null, and what looks like it.
	"", "~", "null", "Null", "NULL", "nULL", "'~'", "\"null\"", "!!null", "!!null ''", "!!null ~", "!!null x", "!", "! ''",
	// Booleans of YAML 1.2 and 1.1, with and without quotes.
	"true", "True", "TRUE", "tRUE", "false", "False", "FALSE", "y", "Y", "yes", "Yes", "YES", "yEs", "on", "On", "ON", "n", "N", "no",
	"No",
	"NO", "off", "Off", "OFF", "oFF", "t", "f", "'true'", "\"true\"", "'yes'", "\"OFF\"", "!!bool true", "!!bool 'true'", "!!bool yes",
	"!!bool 1", "!!str true", "!!str yes", "! true",
	// Integers in every base, and what is none.
	"0", "-0", "+1", "1", "-1", "007", "0644", "'0644'", "\"0644\"", "!!str 0644", "!!int '0644'", "! 0644", "0o644", "0O644", "0x1A4",
	"0X1a4",
	"0b110100100", "0B11", "-0x10", "-0o17", "0o", "0x", "0b2", "089", "0800", "1_000", "0x_1F", "_1", "1_", "1__0", "--1", "+-1",
	"1 2", "12e",
	"9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "18446744073709551615",
	"18446744073709551616", "00000000000000000000000000000000000000000000000000000000000000000000000017", "!!int abc", "!!int 1.0",
	"!!int ''", "!!custom 5", "!local 5", "!!float 1", "!!float 1.5", "!!float x",
	// Floats.
	"1.0", "1.", ".5", "1.5", "-1.5", "1e3", "1E3", "1e+3", "1.5e1", "1e-1", "1e400", "1e18", "1e19", "1_0.0", "._5", ".", "..", ".e1",
	"1e",
	".inf", "-.inf", ".nan", ".NaN", "+.Inf", "Infinity", "NaN", "0x1p4", "1:30", "190:20:30",
	// Times.
	"2001-01-01", "2001-1-1", "2001-12-14t21:59:43.10-05:00", "!!timestamp 2001-01-01", "!!timestamp x", "!!int 2001-01-01",
	// Binary.
	"!!binary aGVsbG8=", "!!binary 'aGVsbG8='", "!!binary aGVsbG8", "!!binary aGVs bG8=", "!!binary eWVz", "!!binary dHJ1ZQ==",
	"!!binary MTI=",
	"!!binary /w==", "!!binary ''", "!!binary '*'", "!<tag:yaml.org,2002:binary> aGk=", "!<tag:yaml.org,2002:int> 7",
	// Texts.
	"abc", "a b", "'it''s'", "\"a\\tb\"", "\"\\u00e9\\x41\"", "é", "<<", "=", "a:b", "a#b", "-a", "?a", ":a", "!!str", "!!str ''",
	"!!str null",
	"!!str <<", "\"\"", "''", "&a x", "&a", "&a !!str", "!!str &a 5",
	// Collections where a scalar belongs.
	"[]", "[x]", "{}", "{source: x}", "[[x]]", "[{source: x}]", "{x: y}", "[~]", "[~, ~]", "[1, true, 1.5]", "!!seq [x]", "!!map {}",
}

func show(v interface{}) string {
	switch t := v.(type) {
	case *string:
		if t == nil {
			return "-"
		}
		return quote(*t)
	case *bool:
		if t == nil {
			return "-"
		}
		return fmt.Sprint(*t)
	case *int:
		if t == nil {
			return "-"
		}
		return fmt.Sprint(*t)
	case *resource:
		if t == nil {
			return "-"
		}
		return object(*t)
	case []string:
		if t == nil {
			return "-"
		}
		parts := []string{}
		for _, s := range t {
			parts = append(parts, quote(s))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case []resource:
		if t == nil {
			return "-"
		}
		parts := []string{}
		for _, r := range t {
			parts = append(parts, object(r))
		}
		return "[" + strings.Join(parts, ",") + "]"
	}
	panic("no such target")
}

func object(r resource) string {
	if r.Source == nil {
		return "{}"
	}
	return "{" + quote(*r.Source) + "}"
}

func quote(s string) string {
	if !utf8.ValidString(s) {
		return "base64:" + base64.StdEncoding.EncodeToString([]byte(s))
	}
	b := &strings.Builder{}
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err)
	}
	return strings.TrimSpace(b.String())
}

func decode(document string, pick func(targets) interface{}) string {
	var t targets
	if err := yaml.Unmarshal([]byte(document), &t); err != nil {
		return "error"
	}
	return show(pick(t))
}

func writeScalars() {
	out := &strings.Builder{}
	out.WriteString("# written by generate.go: form, then the result as text, flag, number, object, texts, objects, item of texts, ")
	out.WriteString("item of objects\n")
	for _, s := range scalars {
		row := []string{
			quote(s),
			decode("text: "+s+"\n", func(t targets) interface{} { return t.Text }),
			decode("flag: "+s+"\n", func(t targets) interface{} { return t.Flag }),
			decode("number: "+s+"\n", func(t targets) interface{} { return t.Number }),
			decode("object: "+s+"\n", func(t targets) interface{} { return t.Object }),
			decode("texts: "+s+"\n", func(t targets) interface{} { return t.Texts }),
			decode("objects: "+s+"\n", func(t targets) interface{} { return t.Objects }),
			decode("texts:\n  - a\n  - "+s+"\n  - b\n", func(t targets) interface{} { return t.Texts }),
			decode("objects:\n  - source: a\n  - "+s+"\n  - source: b\n", func(t targets) interface{} { return t.Objects }),
		}
		out.WriteString(strings.Join(row, "\t") + "\n")
	}
	if err := os.WriteFile("scalars.tsv", []byte(out.String()), 0o644); err != nil {
		panic(err)
	}
}

var documents = []string{
	// Quoted texts that go on in the next line, wherever that starts.
	"a: \"b\n  c\"\n", "a: \"b\nc\"\n", "a:\n  b: \"c\nd\"\n", "a:\n  b: \"c\n d\n\n e\"\n", "a: 'b\nc'\n", "a:\n  - 'b\nc'\n  - d\n",
	"a: \"b\\\n   c\"\n", "a: \"b \\\n   c\"\n", "a: \"b\\\n\n   c\"\n", "a: \"\n\n b\n\"\n", "a: \"b \t\n \t c\"\n", "a: \"b\n# c\"\n",
	"\"a\nb\": c\n",
	"a: \"b\n---\nc\"\n", "a: \"b\n...\nc\"\n", "a: \"b\n --- c\"\n", "a: \"b", "a: 'b", "a: \"\\q\"\n", "a: \"\\x4\"\n",
	"a: \"\\ud800\"\n",
	"a: \"\\U0001F600\"\n", "a: \"\\/\\e\\0\\N\\_\\L\\P\\'\"\n", "a: '\\n'\n", "a: \"b\"c\n", "a: \"b\" #c\n", "a: \"b\"#c\n",
	"a: ''''\n", "a: 'b''\n  c'\n",
	// Brackets over several lines.
	"a: [b,\n  c]\n", "a: [b,\nc]\n", "a: [\nb\n]\n", "a: [\n  b,\n  c,\n]\n", "a:\n  b: [\nc,\nd\n]\n", "a: {b: c,\nd: e}\n",
	"a: {\nb: c\n}\n", "a:\n- {b: c,\nd: e\n}\n",
	"a: [b\n c]\n", "a: [b # c\n, d]\n", "a: [b,, c]\n", "a: [,b]\n", "a: [b c, d e]\n", "a: [b: c]\n", "a: [b: c, d]\n",
	"a: [? b : c]\n", "a: [? b]\n", "a: [: b]\n",
	"a: {b}\n", "a: {b, c: d}\n", "a: {b: }\n", "a: {b:}\n", "a: {b:c}\n", "a: {\"b\":c}\n", "a: {? b : c}\n", "a: {? b}\n",
	"a: {: b}\n", "a: {b: [c, {d: e}]}\n",
	"a: [b]c\n", "a: [b\n", "a: {b: c\n", "a: [b}\n", "a: ]\n", "a: [\"b\", 'c']\n", "a: [-b, - c]\n", "a: [b\n\n c]\n", "[a, b]: c\n",
	"{a: b}: c\n", "a: [http://b:80/c]\n",
	"a: [b:c]\n", "a: [b?c]\n", "a: [b, ?]\n", "a: [!!str, b]\n", "a: [!!str b]\n", "a: [&b c, *b]\n", "a: [&b , c]\n", "[]\n", "{}\n",
	"[a, [b, c], {d: e}]\n", "a: [\tb,\tc\t]\n",
	"a: [b,\n\tc]\n", "a: {\n\tb: c\n}\n",
	// Texts without quotes.
	"a: b c\n", "a: b\n  c\n", "a: b\n c\n\n d\n", "a: b\nc\n", "a:\n  b\n  c\n", "a: b #c\n", "a: b#c\n", "a: b: c\n", "a: b:c\n",
	"a: b:\n", "a: 'b': c\n", "a: -\n", "a: - b\n",
	"a: ?\n", "a: b,c]\n", "a: @b\n", "a: `b\n", "a: %b\n", "a: b%\n", "a: *b\n", "a: &b\n", "a: &b *c\n", "a: !\n", "a: |b\n",
	"a: >b\n", "a: b\n  # c\n  d\n", "a: b\n# c\n", "a: b  \n", "a b: c\n",
	"a:b\n", "a\n", "a\nb\n", "a\n b\n", "- a\n b\n", "a: b\n   c: d\n", "? a\n: b\n", "? a\n", "? - a\n: - b\n", "? a\nb: c\n",
	": a\n", "a: b ? c : d\n", "a: b\n---\n", "a: b --- c\n", "--- a\n", "---a\n",
	// Lists and mappings by indentation.
	"a:\n- b\n- c\n", "a:\n  - b\n  - c\n", "a:\n  - b\n - c\n", "a:\n - b\n  - c\n", "- a\n- b\n", "- - a\n  - b\n- c\n",
	"- a: b\n  c: d\n", "- a: b\n c: d\n", "-\n  a: b\n", "-\n- a\n", "- \n- a\n", "-a\n",
	"a:\n  b: c\n d: e\n", "a:\n  b: c\n  d: e\n", "a:\n    b: c\n  d: e\n", "a:\n  - b:\n    - c\n  - d\n",
	"a:\n- b: c\n  d:\n  - e\nf: g\n", "a:\nb:\n", "a: ~\nb: null\n", "a: # b\n  c\n", "a:\n# b\n  c: d\n",
	"a:\n\n\n  b: c\n", "  a: b\n  c: d\n", " a: b\nc: d\n", "a: b\n c: d\n", "- a\nb: c\n", "a: b\n- c\n", "a:\n  b\nc: d\n",
	"a:\n- b\nc: d\n", "a: [b]\nc\n", "a: {b: c}\n d\n", "a: - b\n   - c\n", "- ? a\n  : b\n",
	"a: 1\na: 2\n", "a: {b: 1, b: 2}\n", "? {a: b}\n: c\n", "? |\n  a\n: b\n", "? a\n  b\n: c\n",
	// Blocks of text.
	"a: |\n  b\n  c\n", "a: |-\n  b\n\n", "a: |+\n  b\n\n", "a: |\n  b\n\n\nc: d\n", "a: >\n  b\n  c\n\n  d\n",
	"a: >-\n  b\n   c\n  d\n", "a: >+\n  b\n\n\n", "a: |2\n    b\n   c\n", "a: |2-\n   b\n", "a: |-2\n   b\n", "a: |0\n b\n",
	"a: |3\n  b\n", "a: |\nb\n", "a: |\n\n", "a: |", "a: |\n", "a: | # c\n  b\n", "a: |#c\n  b\n", "a: | b\n", "a: |++\n  b\n",
	"a: |\n  b\n c\n", "a: |\n   b\n  c\n", "a: |\n\n\n  b\n", "a: |\n    \n  b\n", "a: |\n  b\n    \n  c\n",
	"a: >\n  b\n    c\n    d\n  e\n", "a: >\n\n  b\n", "a: |\n  # b\n  c\n", "a: |\n  b\n# c\n", "a: |\n  b\n  ---\n",
	"a: |\n  b\n---\n", "|\n a\n", "|\na\n", "- |\n a\n- >\n b\n", "a:\n  - |\n    b\n  - c\n", "a: |\n  b: [c\n",
	"a: |\r\n  b\r\n  c\r\n",
	"a: >\n  b\n\n    c\n\n  d\n", "a: [|\n b]\n", "a: !!str |\n  b\n", "a: &b |\n  c\n", "a: |\n  b  \n   \n", "a: |1\n b\n  c\n",
	// Tabs.
	"a:\n\tb: c\n", "a:\n  b: c\n\td: e\n", "a:\tb\n", "a: \tb\n", "a: b\t\n", "a: b\t# c\n", "-\ta\n", "- \ta\n", "a:\n\t- b\n",
	"\ta: b\n", "a: b\n\t\n", "a: b\n\n\t\nc: d\n", "a:\n  \tb\n", "a: b\n\tc\n", "a: |\n\tb\n", "a: |\n  \tb\n", "a: |\n  b\n\tc\n",
	"a:\n  - b\n\t- c\n", "a: \"b\n\tc\"\n", "?\ta\n", "? a\n:\tb\n", "a:\n  # b\n\t# c\n  d: e\n", "# a\n\t# b\na: c\n",
	"variant: fcos\nstorage:\n  files:\n\t- path: /etc/a\n", "a\t: b\n", "\"a\"\t: b\n", "a: {b:\tc}\n", "--- \ta\n", "a: >\t\n  b\n",
	// Marks and directives.
	"", "\n", "# a\n", "---\n", "---\n---\n", "...\n", "---\na: b\n", "--- {a: b}\n", "--- # a\nb: c\n", "a: b\n...\n", "a: b\n---\n",
	"a: b\n---\n# c\n", "a: b\n---\n---\n", "a: b\n...\n...\n", "a: b\n...\n# c\n", "---\na: b\n---\n", "--- |\n a\n",
	"--- >\n a\n b\n",
	"%YAML 1.1\n---\na: b\n", "%YAML 1.2\n---\na: b\n", "%YAML 1.3\n---\na: b\n", "%YAML 2.0\n---\na: b\n", "%YAML 1.1\na: b\n",
	"%TAG !e! tag:e.example,2000:\n---\na: !e!b c\n", "%FOO bar\n---\na: b\n", "%TAG e x\n---\na: b\n", "a: b\n%YAML 1.1\n",
	"a: b\n}\n", "a: b\n]\n",
	// Tags, anchors and aliases.
	"a: !!str 5\n", "a: !!str\n", "a: !!str\nb: c\n", "a: !b c\n", "a: !<b> c\n", "a: !<> c\n", "a: !b!c d\n", "a: !e!b c\n", "a: !!\n",
	"a: ! b\n", "a: !!map {b: c}\n", "a: !!map\n  b: c\n", "a: !!seq\n- b\n", "a: !!str &b c\n", "a: &b !!str c\n", "a: &b &c d\n",
	"a: !b !c d\n",
	"a: &b c\nd: *b\n", "a: &b\n  c: d\ne: *b\n", "a: &b [c]\nd: *b\n", "&a b: c\nd: *a\n", "*a : b\n", "a: &b c\n*b : d\n",
	"a: &b\nc: *b\n", "a: &b c\nd: &b e\nf: *b\n", "a: *b\n", "a: &b [*b]\n", "a: &b.c d\n", "a: &é b\n", "a: &b,c d\n", "a: &\n",
	"a: * b\n", "a: &b\n  - c\n",
	"a: !b%21 c\n", "a: !b%2 c\n", "a: !!str, b\n", "!!map {a: b}\n", "&a a: b\n", "&a\na: b\n", "!!map\na: b\n", "- &a a\n- *a\n",
	"- !!str\n- b\n", "- &b:\n  c: d\n", "a: &b # c\n  d\n", "<<: {a: b}\nc: d\n", "a: &b {c: d}\ne: {<<: *b}\n",
	// Line ends and characters.
	"a: b\r\nc: d\r\n", "a: b\rc: d\r", "a: b\u0085c: d\n", "a: b\u2028c\n", "a: \"b\u2028 c\"\n", "a: é\nü: ß\n", "a: \U0001F600\n",
	"\uFEFFa: b\n", "a: \uFEFFb\n", "a: b\x00c\n", "a: b\x1bc\n", "a: \"\x7f\"\n", "a: \u00a0b\n", "a: b\x07\n", "# \x1b\na: b\n",
	"a: b\ufffe\n",
	"a: " + strings.Repeat("x", 1030) + "\n", strings.Repeat("x", 1020) + ": a\n", strings.Repeat("x", 1030) + ": a\n",
	"? " + strings.Repeat("x", 1030) + "\n: a\n", "{" + strings.Repeat("x", 1030) + ": a}\n",
	"[" + strings.Repeat("x", 1030) + ": a]\n", "\"" + strings.Repeat("x", 1030) + "\": a\n",
	"a: [" + strings.Repeat("b, ", 400) + "c]\n", "[" + strings.Repeat("a, ", 400) + "b]: c\n",
}

// containsItself is what decoding into a type says of an alias to a value around it.
func containsItself(n *yaml.Node, open map[*yaml.Node]bool) bool {
	if open[n] {
		return true
	}
	open[n] = true
	defer delete(open, n)
	if n.Kind == yaml.AliasNode {
		return containsItself(n.Alias, open)
	}
	for _, c := range n.Content {
		if containsItself(c, open) {
			return true
		}
	}
	return false
}

func dump(n *yaml.Node) interface{} {
	at := fmt.Sprintf("%d:%d", n.Line, n.Column)
	tag := ""
	if n.Style&yaml.TaggedStyle != 0 {
		tag = n.Tag
	}
	switch n.Kind {
	case yaml.AliasNode:
		return dump(n.Alias)
	case yaml.ScalarNode:
		style := "plain"
		switch {
		case n.Style&yaml.DoubleQuotedStyle != 0:
			style = "double"
		case n.Style&yaml.SingleQuotedStyle != 0:
			style = "single"
		case n.Style&yaml.LiteralStyle != 0:
			style = "literal"
		case n.Style&yaml.FoldedStyle != 0:
			style = "folded"
		}
		return []interface{}{style, at, tag, n.Value}
	}
	kind := "list"
	if n.Kind == yaml.MappingNode {
		kind = "mapping"
	}
	made := []interface{}{kind, at, tag}
	for _, c := range n.Content {
		made = append(made, dump(c))
	}
	return made
}

func writeDocuments() {
	out := &strings.Builder{}
	out.WriteString("# written by generate.go: document, then its nodes (kind, line:column, tag, text or parts), \"-\" when empty, or error\n")
	for _, d := range documents {
		var n yaml.Node
		result := "-"
		if err := yaml.Unmarshal([]byte(d), &n); err != nil {
			result = "error"
		} else if containsItself(&n, map[*yaml.Node]bool{}) {
			result = "error"
		} else if len(n.Content) > 0 {
			b := &strings.Builder{}
			e := json.NewEncoder(b)
			e.SetEscapeHTML(false)
			if err := e.Encode(dump(n.Content[0])); err != nil {
				panic(err)
			}
			result = strings.TrimSpace(b.String())
		}
		out.WriteString(quote(d) + "\t" + result + "\n")
	}
	if err := os.WriteFile("documents.tsv", []byte(out.String()), 0o644); err != nil {
		panic(err)
	}
}

func main() {
	writeScalars()
	writeDocuments()
}
