using System.Globalization;
using System.Text.RegularExpressions;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Values;

namespace Pipeline.CloudEmulators.Faults;

/// <summary>What goes wrong, how often.</summary>
/// <param name="Operation">The operation's name, or <c>*</c> for every one.</param>
/// <param name="Kind">One of <see cref="Kinds"/>.</param>
public sealed partial record FaultRule(string Operation, string Kind)
{
    /// <summary>Refused as too frequent; nothing happens.</summary>
    public const string Throttle = "throttle";

    /// <summary>Answered with an internal error; nothing happens.</summary>
    public const string Error = "error";

    /// <summary>Done, then answered with an internal error.</summary>
    public const string ErrorAfter = "error-after";

    /// <summary>Done, then the connection breaks instead of an answer.</summary>
    public const string Lost = "lost";

    /// <summary>Accepted; what it makes takes <see cref="Seconds"/> to be complete.</summary>
    public const string Slow = "slow";

    /// <summary>What it makes is not found for <see cref="Seconds"/>.</summary>
    public const string Hidden = "hidden";

    /// <summary>The instance runs and never starts an operating system.</summary>
    public const string NoBoot = "no-boot";

    /// <summary>The instance's console stays empty.</summary>
    public const string NoConsole = "no-console";

    /// <summary>A limit of the account is reached.</summary>
    public const string Full = "full";

    /// <summary>The region does not answer requests.</summary>
    public const string Down = "down";

    /// <summary>As many times as there are requests.</summary>
    public const int Always = 1_000_000;

    /// <summary>All kinds.</summary>
    public static ValueList<string> Kinds { get; } = [Throttle, Error, ErrorAfter, Lost, Slow, Hidden, NoBoot, NoConsole, Full, Down];

    /// <summary>How many requests it still meets; <see cref="Always"/> never uses itself up.</summary>
    public int Times { get; init; } = 1;

    /// <summary>The only region, or <c>null</c> for all.</summary>
    public string? Region { get; init; }

    /// <summary>The length of delays.</summary>
    public int Seconds { get; init; } = 30;

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Operation}={Kind}:{Times}/{Seconds}{(Region is null ? "" : "@" + Region)}");

    /// <summary>Reads <c>OPERATION=KIND[:TIMES][/SECONDS][@REGION]</c>.</summary>
    /// <exception cref="PipelineException">PL7303 it is none.</exception>
    public static FaultRule Parse(string text)
    {
        var match = Form().Match(text);
        if (!match.Success)
        {
            throw new PipelineException(EmulatorDiagnostics.BadFault(text, "it is not OPERATION=KIND[:TIMES][/SECONDS][@REGION]"));
        }

        return Kinds.Contains(match.Groups["kind"].Value)
            ? new(match.Groups["operation"].Value, match.Groups["kind"].Value)
            {
                Times = Number("times", Always),
                Seconds = Number("seconds", 30),
                Region = match.Groups["region"] is { Success: true } region ? region.Value : null,
            }
            : throw new PipelineException(EmulatorDiagnostics.BadFault(text, $"there is no kind '{match.Groups["kind"].Value}'"));

        int Number(string name, int otherwise) =>
            match.Groups[name] is { Success: true } group ? int.Parse(group.Value, CultureInfo.InvariantCulture) : otherwise;
    }

    [GeneratedRegex(
        @"^(?<operation>\*|[A-Za-z]{1,64})=(?<kind>[a-z-]{1,20})(:(?<times>[1-9][0-9]{0,5}))?"
            + @"(/(?<seconds>[0-9]{1,5}))?(@(?<region>[a-z0-9-]{1,32}))?\z",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Form();
}
