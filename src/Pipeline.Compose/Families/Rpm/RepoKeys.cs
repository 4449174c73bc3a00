using Pipeline.Compose.Repos;
using Pipeline.Model.Diagnostics;

namespace Pipeline.Compose.Families.Rpm;

/// <summary>The keys of a repository's section: what acts, what has no effect on a compose, and what is refused with its reason.</summary>
internal static class RepoKeys
{
    private static readonly string[] Acting =
    [
        "baseurl",
        "metalink",
        "mirrorlist",
        "enabled",
        "gpgcheck",
        "repo_gpgcheck",
        "gpgkey",
        "priority",
        "excludepkgs",
        "exclude",
        "includepkgs",
        "type",
        "sslverify",
    ];

    /// <summary>How dnf of a machine talks to servers and keeps caches: a compose has its own timeouts, caches and retries.</summary>
    private static readonly string[] WithoutEffect =
    [
        "name",
        "metadata_expire",
        "skip_if_unavailable",
        "failovermethod",
        "countme",
        "deltarpm",
        "deltarpm_percentage",
        "fastestmirror",
        "keepcache",
        "timeout",
        "retries",
        "minrate",
        "throttle",
        "bandwidth",
        "ip_resolve",
        "max_parallel_downloads",
        "ui_repoid_vars",
        "enabled_metadata",
        "enablegroups",
        "module_hotfixes",
        "mirrorlist_expire",
        "http_caching",
        "async",
    ];

    private static readonly Dictionary<string, (string Why, string Hint)> Refused = new(StringComparer.Ordinal)
    {
        ["proxy"] = ("is not read: a compose uses the proxy of its environment", "set https_proxy, and remove the line"),
        ["proxy_username"] = ("is not read: a compose uses the proxy of its environment", "set https_proxy, and remove the line"),
        ["proxy_password"] = ("is not read: a compose uses the proxy of its environment", "set https_proxy, and remove the line"),
        ["proxy_auth_method"] = ("is not read: a compose uses the proxy of its environment", "set https_proxy, and remove the line"),
        ["username"] = ("is not read: a manifest holds no secrets", "pass --mirror ID=https://USER:PASSWORD@HOST/PATH"),
        ["password"] = ("is not read: a manifest holds no secrets", "pass --mirror ID=https://USER:PASSWORD@HOST/PATH"),
        ["user_agent"] = ("is not supported", "remove the line"),
        ["sslcacert"] = ("is not supported: the certificates of this machine are used", "install the certificate, and remove the line"),
        ["sslclientcert"] = ("is not supported", "use a mirror that needs no client certificate"),
        ["sslclientkey"] = ("is not supported", "use a mirror that needs no client certificate"),
        ["sslverifystatus"] = ("is not supported", "remove the line"),
        ["cost"] = ("is not supported: it would choose by the speed of mirrors", "use 'priority'"),
        ["include"] = ("is not supported", "put the sections into files beside the root manifest"),
        ["gpgcakey"] = ("is not supported", "name the keys themselves in 'gpgkey'"),
        ["mediaid"] = ("is not supported", "serve the medium over http and name it in 'baseurl'"),
    };

    /// <summary>Reports every key that does not act as it says.</summary>
    public static void Check(RepoSection section, DiagnosticBag problems)
    {
        foreach (var line in section.Lines)
        {
            if (Refused.TryGetValue(line.Key, out var reason))
            {
                problems.Add(RepositoryDiagnostics.Field(line.Key, reason.Why, line.Span, reason.Hint));
            }
            else if (!Acting.Contains(line.Key) && !WithoutEffect.Contains(line.Key))
            {
                problems.Add(RepositoryDiagnostics.UnknownKey(line.Key, line.Span, Acting.Concat(WithoutEffect)));
            }
        }

        if (section.Find("type") is { } type && type.Value is not ("rpm" or "rpm-md" or "rpmmd" or "yum" or "repomd"))
        {
            problems.Add(RepositoryDiagnostics.Field("type", $"has the value '{type.Value}'", type.Span, "only 'rpm' is supported"));
        }

        if (!Truth(section, "sslverify", true, problems))
        {
            problems.Add(
                RepositoryDiagnostics.Field(
                    "sslverify",
                    "cannot be turned off",
                    section.Find("sslverify")!.Span,
                    "signatures decide what is trusted, so http does as well: write baseurl=http://…"
                )
            );
        }
    }

    /// <summary>The value of a switch.</summary>
    public static bool Truth(RepoSection section, string key, bool otherwise, DiagnosticBag problems)
    {
        if (section.Find(key) is not { } line)
        {
            return otherwise;
        }

        switch (line.Value.ToLowerInvariant())
        {
            case "1" or "true" or "yes" or "on":
                return true;
            case "0" or "false" or "no" or "off":
                return false;
            default:
                problems.Add(RepositoryDiagnostics.Field(key, $"has the value '{line.Value}'", line.Span, "write 1 or 0"));
                return otherwise;
        }
    }
}
