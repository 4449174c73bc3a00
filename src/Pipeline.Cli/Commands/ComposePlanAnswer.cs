using System.Globalization;
using Pipeline.Compose;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Cli.Commands;

/// <summary>The answer of <c>compose --dry-run</c>.</summary>
internal static class ComposePlanAnswer
{
    /// <summary>For people: one line for each step.</summary>
    public static string Text(ComposePlan plan)
    {
        var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        text.WriteLine($"{plan.Name} {plan.Architecture}{(plan.Family is null ? "" : $", {plan.Family} packages")}");
        text.WriteLine($"read the manifest   {plan.Requests} packages requested");
        foreach (var repository in plan.Repositories)
        {
            var state = repository.IsCached ? "cached" : "would ask";
            text.WriteLine($"verify the index    {repository.Id}: {state} {repository.Index}");
        }

        if (plan is { Packages: { } packages, Missing: { } missing, MissingBytes: { } bytes })
        {
            text.WriteLine($"resolve packages    {packages} packages");
            var first = plan.FirstAddress is { } address ? $", first {address}" : "";
            text.WriteLine($"fetch packages      {missing} of {packages}, {ByteSize.FromBytes(bytes)}{first}");
            text.WriteLine("then                unpack, configure, finish, commit");
        }
        else
        {
            text.WriteLine("resolve packages    not before the indices are here");
        }

        foreach (var (name, more) in plan.Extensions)
        {
            text.WriteLine($"extension           {name}: {(more is { } count ? $"{count} packages more" : "not resolved")}");
        }

        return text.ToString();
    }

    /// <summary>For programs.</summary>
    public static string Json(ComposePlan plan) =>
        JsonTextWriter.Write(
            new JsonTextObject([
                new("name", new JsonTextString(plan.Name)),
                new("arch", new JsonTextString(plan.Architecture.Name)),
                new("family", JsonTextString.OrNull(plan.Family)),
                new("requests", JsonTextNumber.OrNull(plan.Requests)),
                new(
                    "repos",
                    new JsonTextArray([
                        .. plan.Repositories.Select(r => new JsonTextObject([
                            new("id", new JsonTextString(r.Id)),
                            new("index", new JsonTextString(r.Index)),
                            new("cached", new JsonTextBool(r.IsCached)),
                        ])),
                    ])
                ),
                new("packages", JsonTextNumber.OrNull(plan.Packages)),
                new("missing", JsonTextNumber.OrNull(plan.Missing)),
                new("missing-bytes", JsonTextNumber.OrNull(plan.MissingBytes)),
                new("first", JsonTextString.OrNull(plan.FirstAddress)),
                .. plan.Extensions.Count == 0
                    ? Array.Empty<JsonTextMember>()
                    :
                    [
                        new(
                            "extensions",
                            new JsonTextArray([
                                .. plan.Extensions.Select(e => new JsonTextObject([
                                    new("name", new JsonTextString(e.Name)),
                                    new("packages", JsonTextNumber.OrNull(e.Packages)),
                                ])),
                            ])
                        ),
                    ],
                new("problems", new JsonTextArray([.. plan.Problems.Select(p => new JsonTextString(p.ToString()))])),
            ]),
            JsonStyle.Pretty
        );
}
