namespace Pipeline.Host.Sandbox;

/// <summary>Ids of <c>/etc/subuid</c> and <c>/etc/subgid</c> that an ordinary user needs.</summary>
public static class SubordinateIds
{
    /// <summary>Refuses before any long work what would need a range that this user does not have. Root needs none.</summary>
    /// <exception cref="Model.Diagnostics.PipelineException">PL0351 (class 3), with the line that gives a range.</exception>
    public static void Require() => IdMap.OfThisUser();

    /// <summary>The line that gives a user a range; the one place that names its numbers.</summary>
    public static string AddLine(string user) => $"as root: usermod --add-subuids 524288-589823 --add-subgids 524288-589823 {user}";
}
