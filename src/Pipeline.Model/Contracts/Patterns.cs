namespace Pipeline.Model.Contracts;

/// <summary>What strings of documents look like.</summary>
internal static class Patterns
{
    public const string Sha256 = "^[0-9a-f]{64}$";
    public const string Sha256Text = "a sha256 digest of 64 lower-case hexadecimal digits";
    public const string Version = @"^[0-9]{2}\.[0-9]{8}\.[0-9]+(\.(dev)?[0-9]+)?$";
    public const string VersionText = "a version such as 44.20260720.3.1";
    public const string Time = @"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z$";
    public const string Moment = "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$";
    public const string MomentText = "a time such as 2026-07-21T14:07:14Z or 2026-07-21T10:07:14-04:00";
    public const string TimeText = "a time such as 2026-07-21T14:07:14Z";
}
