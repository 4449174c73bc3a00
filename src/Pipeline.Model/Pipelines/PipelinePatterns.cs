namespace Pipeline.Model.Pipelines;

/// <summary>Regular expressions of keys and values, with their names in messages.</summary>
internal static class PipelinePatterns
{
    public const string ArchPattern = "^(x86_64|aarch64|ppc64le|s390x)$";
    public const string ArchText = "x86_64, aarch64, ppc64le or s390x";
    public const string AllPattern = "^(all|x86_64|aarch64|ppc64le|s390x)$";
    public const string AllText = "all, x86_64, aarch64, ppc64le or s390x";
    public const string StreamPattern = "^[a-z0-9]+([._-][a-z0-9]+)*$";
    public const string StreamText = "a stream's name of lower-case letters, digits, '-', '.' and '_'";
}
