using System.Reflection;
using System.Text;
using Pipeline.Model.Contracts;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Text;
using Pipeline.Model.Values;
using Pipeline.Releases.Contracts;
using Pipeline.Releases.Documents;
using Pipeline.Releases.Simulation;

namespace Pipeline.Tests.Contracts;

/// <summary>Documents of every kind, made from nothing but the members of its records.</summary>
/// <param name="seed">The same seed, the same document.</param>
internal sealed class GeneratedDocuments(ulong seed)
{
    private static readonly string[] Words =
    [
        "",
        "a",
        "stable",
        "<b>&",
        "é\u2028",
        "\"\\\n\u0001",
        "https://t.example.org/?a=1&b=2",
        "\ud83d\ude00",
        "null",
        "1.0",
    ];
    private static readonly string[] Numbers = ["0", "1", "-3", "0.5", "1.0", "1e-07", "9007199254740993"];
    private static readonly string[] Architectures = ["x86_64", "aarch64", "ppc64le", "s390x"];
    private readonly SeededSource _source = new(seed);

    /// <summary>A document of that kind.</summary>
    public JsonTextNode Of(ContractKind kind) =>
        kind.IsList
            ? new JsonTextArray([.. Enumerable.Range(0, Below(3)).Select(_ => (JsonTextNode)Record(kind.Root, 0))])
            : Record(kind.Root, 0);

    private JsonTextObject Record(Type type, int depth)
    {
        var members = new List<JsonTextMember>();
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            // What these hold depends on other members.
            if (property.GetCustomAttribute<MemberAttribute>() is not { Name: not ("retention" or "registry_repos" or "default") } member)
            {
                continue;
            }

            var required = property.GetCustomAttribute<System.Runtime.CompilerServices.RequiredMemberAttribute>() is not null;
            if (required || (depth < 7 && Below(2) == 0))
            {
                members.Add(new(member.Name, Value(property.PropertyType, member, depth + 1)));
            }
        }

        if (Below(4) == 0 && type.GetCustomAttribute<ClosedAttribute>() is null)
        {
            members.Insert(Below(members.Count + 1), new("x-unknown", Any(3)));
        }

        return new(Below(3) == 0 ? [.. Enumerable.Reverse(members)] : [.. members]);
    }

    private JsonTextNode Value(Type type, MemberAttribute member, int depth)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsGenericType)
        {
            var item = type.GetGenericArguments()[0];
            var count = depth > 7 ? 0 : Below(3);
            return type.GetGenericTypeDefinition() == typeof(ValueList<>)
                ? new JsonTextArray([.. Enumerable.Range(0, count).Select(_ => Value(item, member, depth + 1))])
                : new JsonTextObject([
                    .. Enumerable
                        .Range(0, count)
                        .Select(i => new JsonTextMember(Key(member.KeyPattern, count - i), Value(item, member, depth + 1))),
                ]);
        }

        return type == typeof(string) ? new JsonTextString(Text(member.Pattern))
            : type == typeof(RetentionAge) ? new JsonTextString(new RetentionAge(1 + Below(30), "wmy"[Below(3)]).ToString())
            : type == typeof(bool) ? new JsonTextBool(Below(2) == 0)
            : type == typeof(long) ? new JsonTextNumber(Numbers[Below(3)])
            : type == typeof(double) ? new JsonTextNumber(Numbers[Below(5)])
            : type == typeof(GraphEdge) ? new JsonTextArray([new JsonTextNumber("0"), new JsonTextNumber("1")])
            : type == typeof(JsonTextNode) ? new JsonTextArray([Any(2)]) // not null: that is as if absent
            : Record(type, depth);
    }

    private string Key(string? pattern, int number) =>
        pattern is null ? $"k{number}{Words[Below(4)]}"
        : pattern.Contains("x86_64", StringComparison.Ordinal) ? Architectures[number]
        : $"stream-{number}";

    private string Text(string? pattern) =>
        pattern switch
        {
            null => Words[Below(Words.Length)],
            Patterns.Version => $"44.20260720.3.{Below(1000)}",
            "^(fast-track|pin)$" => Below(2) == 0 ? "pin" : "fast-track",
            "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" => "2026-07-21",
            "^(production|development|mechanical)$" => "mechanical",
            _ when pattern.Contains("s390x", StringComparison.Ordinal) => Architectures[Below(4)],
            _ when pattern.Contains("s3:", StringComparison.Ordinal) => $"file:{Below(1000)}",
            _ when pattern.Contains("{64}", StringComparison.Ordinal) => Digest.Of($"{Below(1000)}").Hex,
            _ when pattern.Contains('T', StringComparison.Ordinal) => "2026-07-21T14:07:14Z",
            _ => throw new NotSupportedException(pattern),
        };

    private JsonTextNode Any(int depth) =>
        Below(depth > 0 ? 5 : 3) switch
        {
            0 => new JsonTextNull(),
            1 => new JsonTextString(Words[Below(Words.Length)]),
            2 => new JsonTextNumber(Numbers[Below(Numbers.Length)]),
            3 => new JsonTextArray([Any(depth - 1), Any(depth - 1)]),
            _ => new JsonTextObject([new("b", Any(depth - 1)), new("a", Any(depth - 1))]),
        };

    private int Below(int count) => (int)_source.NextBelow(count);
}

/// <summary>A generated document of any kind prints as it was read, and as if it had been made by us, both for ever.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class GeneratedDocumentTests
{
    public static IEnumerable<string> Kinds() => ContractCheckTests.Kinds();

    [TestCaseSource(nameof(Kinds))]
    public void Documents_of_every_kind_print_as_they_were_read(string name)
    {
        var kind = ContractKind.Of(name);
        foreach (var style in ((JsonStyle[])[kind.Style ?? JsonStyle.Pretty, JsonStyle.Pretty]).Distinct())
        {
            for (ulong seed = 1; seed <= 60; seed++)
            {
                var text = JsonTextWriter.Write(Contract.Canonical(new GeneratedDocuments(seed).Of(kind)), style);
                var differences = ContractCheck
                    .Run(kind, "F", Encoding.UTF8.GetBytes(text))
                    .Where(d =>
                        d.Reason.Contains("layout", StringComparison.Ordinal)
                        || d.Reason.Contains("written", StringComparison.Ordinal)
                        || d.Reason.Contains("file", StringComparison.Ordinal)
                    );

                Assert.That(differences, Is.Empty, $"seed {seed}: {text}");
            }
        }
    }

    [TestCaseSource(nameof(Kinds))]
    public void What_is_made_of_a_document_reads_back_equal_and_prints_the_same(string name)
    {
        var kind = ContractKind.Of(name);
        var check = typeof(GeneratedDocumentTests)
            .GetMethod(nameof(Settled), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(kind.Root);
        for (ulong seed = 1; seed <= 60; seed++)
        {
            var node = new GeneratedDocuments(seed).Of(kind);
            foreach (var record in node is JsonTextArray list ? list.Items.ToArray() : [node])
            {
                Assert.That(check.Invoke(null, [record, kind.Style ?? JsonStyle.Pretty]), Is.Null, $"seed {seed}");
            }
        }
    }

    private static string? Settled<T>(JsonTextNode node, JsonStyle style)
        where T : ContractRecord
    {
        var problems = new DiagnosticBag();
        var made = Contract.Write(Contract.Read<T>(node, problems)!, style);
        var back = Contract.Read<T>("made.json", Encoding.UTF8.GetBytes(made), problems);
        return problems.HasErrors || back is null ? $"{made}\ndoes not read back: {string.Join('\n', problems.Items)}"
            : back.Print() != made ? $"{made}\nprints as\n{back.Print()}"
            : Contract.Write(back.Value, style) != made ? $"{made}\nis made again as\n{Contract.Write(back.Value, style)}"
            : null;
    }
}
