using System.Text.RegularExpressions;
using Pipeline.Model.Diagnostics;
using Pipeline.Model.Manifests;
using static Pipeline.Compose.Solving.Libsolv;

namespace Pipeline.Compose.Solving;

/// <summary>
/// Chooses packages: libsolv decides. For Debian packages, of alternatives <c>a | b</c> the first one that exists wins, and of several
/// providers of a name that is no package the one with the highest priority, as for apt; for RPM packages libsolv's own policy is what dnf
/// does. Deterministic: the same indices and requests give the same packages in the same order.
/// </summary>
/// <param name="pool">The repositories, sealed.</param>
internal sealed unsafe partial class PackageSolver(SolverPool pool)
{
    private const int MaxRounds = 25;
    private readonly HashSet<int> _excluded = [];
    private HashSet<string> _withArchitecture = [];

    /// <summary>Chooses everything that <paramref name="requests"/> and the essential packages need.</summary>
    /// <param name="requests">The manifest's packages.</param>
    /// <param name="excluded">Packages that must not be chosen.</param>
    /// <param name="recommends">Whether weak dependencies are followed.</param>
    /// <param name="problems">Receives PL1402–PL1404, PL1408.</param>
    /// <param name="only">Packages that must come from one repository.</param>
    /// <returns>The packages, dependencies first; empty after a problem.</returns>
    public IReadOnlyList<PackageRow> Solve(
        IReadOnlyList<Sourced> requests,
        IReadOnlyList<Sourced> excluded,
        bool recommends,
        DiagnosticBag problems,
        IReadOnlyList<RepoPackage>? only = null
    )
    {
        var jobs = new List<(int How, int What)>();
        var askers = new List<Sourced?>();
        _withArchitecture = requests
            .Where(r => r.Text.Contains('.', StringComparison.Ordinal))
            .Select(r => r.Text[..r.Text.LastIndexOf('.')])
            .ToHashSet(StringComparer.Ordinal);
        foreach (var request in requests)
        {
            if (Select(request, problems) is { } job)
            {
                jobs.Add((job.How | JobInstall, job.What));
                askers.Add(request);
            }
        }

        foreach (var request in only ?? [])
        {
            if (Select(request.Package, problems) is { } job && OfRepo(job.Solvables, request, problems) is { } narrowed)
            {
                jobs.Add((narrowed.How | JobInstall, narrowed.What));
                askers.Add(request.Package);
            }
        }

        foreach (var unwanted in excluded)
        {
            if (pool.Select(unwanted.Text, SelectName) is { Solvables.Length: > 0 } found)
            {
                jobs.Add((found.How | JobErase, found.What));
                askers.Add(unwanted);
                _excluded.UnionWith(found.Solvables);
            }
        }

        foreach (var name in pool.Essential)
        {
            if (pool.Select(name, SelectName) is { Solvables.Length: > 0 } found)
            {
                jobs.Add((found.How | JobInstall, found.What));
                askers.Add(null);
            }
        }

        // What can be solved is solved also after an unknown name, so that all problems show at once.
        var chosen = Rounds(jobs, askers, recommends, problems);
        return problems.HasErrors ? [] : chosen;
    }

    private (int How, int What)? OfRepo(int[] solvables, RepoPackage request, DiagnosticBag problems)
    {
        var own = solvables.Where(s => pool.RepoOf(s) == request.Repo).ToArray();
        if (own.Length > 0)
        {
            return pool.OneOf(own);
        }

        problems.Add(SolverDiagnostics.NotInRepo(request.Package, request.Repo));
        return null;
    }

    private (int How, int What, int[] Solvables)? Select(Sourced request, DiagnosticBag problems)
    {
        if ((pool.TakesFirstAlternative ? DebRequest(request.Text) : RpmRequest(request.Text)) is not var (name, flags))
        {
            problems.Add(SolverDiagnostics.BadRequest(request, pool.TakesFirstAlternative));
            return null;
        }

        if (pool.Select(name, flags) is { Solvables.Length: > 0 } found)
        {
            return pool.TakesFirstAlternative ? found : AsDnf(request.Text, found);
        }

        problems.Add(SolverDiagnostics.UnknownPackage(request, pool.Names()));
        return null;
    }

    /// <summary>
    /// A name also means packages that take the place of those that have it, as for dnf. Beside a request for another architecture of the
    /// name, it means the package of the tree's own.
    /// </summary>
    private (int How, int What, int[] Solvables) AsDnf(string text, (int How, int What, int[] Solvables) found)
    {
        if (pool.NameOfPackage(found.Solvables[0]) != text)
        {
            return found;
        }

        var wanted = _withArchitecture.Contains(text) ? [.. found.Solvables.Where(pool.IsNative)] : found.Solvables;
        int[] all = [.. wanted, .. pool.Obsoleters(text, wanted).Except(wanted)];
        if (all.Length == 0)
        {
            return found;
        }

        Array.Sort(all);
        var (how, what) = pool.OneOf(all);
        return (how | JobSetEv | JobSetArchitecture, what, all);
    }

    private static (string Name, int Flags)? DebRequest(string text)
    {
        var match = RequestPattern().Match(text);
        if (!match.Success)
        {
            return null;
        }

        var name = match.Groups["name"].Value + (match.Groups["arch"].Success ? $".{match.Groups["arch"].Value}" : "");
        var flags = SelectName | SelectProvides | (match.Groups["arch"].Success ? SelectDotArch : 0);
        if (match.Groups["op"].Success)
        {
            var op = match.Groups["op"].Value switch
            {
                "<<" => "<",
                ">>" => ">",
                var other => other,
            };
            name = $"{name} {op} {match.Groups["version"].Value}";
            flags |= SelectRelation;
        }

        return (name, flags);
    }

    /// <summary>A name, name.arch, name-version-release with or without architecture, a capability, a path, any with a version.</summary>
    private static (string Name, int Flags)? RpmRequest(string text) =>
        text.Length is > 0 and <= 400 && RpmRequestPattern().IsMatch(text)
            ? (text, SelectName | SelectProvides | SelectFiles | SelectCanonical | SelectDotArch | SelectRelation)
            : null;

    private List<PackageRow> Rounds(List<(int How, int What)> jobs, List<Sourced?> askers, bool recommends, DiagnosticBag problems)
    {
        var preferred = new HashSet<int>();
        for (var round = 0; round < MaxRounds; round++)
        {
            using var queue = new SolvQueue();
            jobs.ForEach(j => queue.Add(j.How, j.What));
            foreach (var solvable in preferred)
            {
                queue.Add(JobInstall | JobWeak | JobSolvable, solvable);
            }

            var solver = solver_create(pool.Native);
            try
            {
                _ = solver_set_flag(solver, FlagIgnoreRecommended, recommends ? 0 : 1);
                if (!pool.TakesFirstAlternative)
                {
                    _ = solver_set_flag(solver, FlagBestObeysPolicy, 1);
                    _ = solver_set_flag(solver, FlagKeepExplicitObsoletes, 1);
                    _ = solver_set_flag(solver, FlagYumObsoletes, 1);
                }

                if (solver_solve(solver, queue.Native) != 0)
                {
                    Explain(solver, askers, problems);
                    return [];
                }

                var before = preferred.Count;
                preferred.UnionWith(pool.TakesFirstAlternative ? FirstAlternatives(solver) : []);
                if (preferred.Count == before)
                {
                    return Result(solver);
                }
            }
            finally
            {
                solver_free(solver);
            }
        }

        problems.Add(SolverDiagnostics.NoResult());
        return [];
    }

    /// <summary>Packages that apt would have taken where the solver took a later alternative or a lesser provider.</summary>
    private List<int> FirstAlternatives(nint solver)
    {
        var better = new List<int>();
        var virtuals = new List<(int Chosen, int[] Providers)>();
        using var choices = new SolvQueue();
        for (var i = 1; i <= solver_alternatives_count(solver); i++)
        {
            int rule,
                from,
                chosen,
                level,
                source,
                target,
                dependency;
            if (solver_get_alternative(solver, i, &rule, &from, &chosen, choices.Native, &level) != AlternativeOfRule)
            {
                continue;
            }

            _ = solver_ruleinfo(solver, rule, &source, &target, &dependency);
            if (dependency == 0 || FirstBranch(dependency) is not { } first)
            {
                continue;
            }

            if (first.Providers.Length > 1 && first.Providers.All(p => pool.NameOfPackage(p) != first.Name))
            {
                virtuals.Add((chosen, first.Providers));
            }
            else if (!first.Providers.Contains(chosen))
            {
                // The queue is in the solver's order of preference; a chosen or impossible one is negative.
                var candidates = choices.ToArray().Select(Math.Abs).Where(c => first.Providers.Contains(c)).ToArray();
                better.Add(candidates.Length > 0 ? candidates[0] : first.Providers[0]);
            }
        }

        better.AddRange(HighestPriorities(virtuals));
        return better;
    }

    private (string Name, int[] Providers)? FirstBranch(int dependency)
    {
        foreach (var branch in pool.Branches(dependency))
        {
            var providers = pool.Providers(branch).Except(_excluded).ToArray();
            if (providers.Length > 0)
            {
                return (pool.NameOf(branch), providers);
            }
        }

        return null;
    }

    private IEnumerable<int> HighestPriorities(List<(int Chosen, int[] Providers)> virtuals)
    {
        if (virtuals.Count == 0)
        {
            return [];
        }

        return virtuals.Select(v =>
        {
            // Of equal ones the solver's own choice stays.
            var best = v.Providers.Min(pool.PriorityOf);
            return v.Providers.Contains(v.Chosen) && pool.PriorityOf(v.Chosen) == best
                ? v.Chosen
                : v.Providers.First(p => pool.PriorityOf(p) == best);
        });
    }

    private List<PackageRow> Result(nint solver)
    {
        var transaction = solver_create_transaction(solver);
        try
        {
            return [.. SolverPool.Ordered(transaction).Select(pool.Row).Select(First)];
        }
        finally
        {
            transaction_free(transaction);
        }
    }

    /// <summary>Of the same package file in several repositories, the one in the first.</summary>
    private PackageRow First(PackageRow row) =>
        row.Digest is null ? row : pool.Named(row.Name).FirstOrDefault(r => r.Digest == row.Digest && r.Version == row.Version) ?? row;

    private static void Explain(nint solver, List<Sourced?> askers, DiagnosticBag problems)
    {
        for (var problem = 1; problem <= solver_problem_count(solver); problem++)
        {
            using var rules = new SolvQueue();
            solver_findallproblemrules(solver, problem, rules.Native);
            var lines = new List<string>();
            var asked = new List<Sourced>();
            foreach (var rule in rules.ToArray())
            {
                int source,
                    target,
                    dependency;
                var type = solver_ruleinfo(solver, rule, &source, &target, &dependency);
                const int jobClass = 0x400;
                if (solver_ruleclass(solver, rule) == jobClass)
                {
                    var job = solver_rule2jobidx(solver, rule);
                    if (job > 0 && (job - 1) / 2 < askers.Count && askers[(job - 1) / 2] is { } asker)
                    {
                        asked.Add(asker);
                    }

                    continue;
                }

                lines.Add(Text(solver_problemruleinfo2str(solver, type, source, target, dependency)) ?? "");
            }

            var explanation = string.Join("; ", lines.Where(l => l.Length > 0).Distinct());
            problems.Add(
                SolverDiagnostics.Unsatisfiable(
                    explanation.Length == 0 ? "conflicting requests" : explanation,
                    [.. asked.DistinctBy(a => a.Text)]
                )
            );
        }
    }

    [GeneratedRegex(
        @"^(?<name>[A-Za-z0-9][A-Za-z0-9+._-]*)(:(?<arch>[a-z0-9]+))?"
            + @"(\s*(\(\s*)?(?<op><<|<=|>=|>>|=|<|>)\s*(?<version>[A-Za-z0-9.+:~-]+)\s*\)?)?\z"
    )]
    private static partial Regex RequestPattern();

    [GeneratedRegex(@"^(/[^\s\p{C}]+|[A-Za-z0-9_][A-Za-z0-9+._:~^()/@-]*(\s*(<=|>=|=|<|>)\s*[A-Za-z0-9.+:~^_-]+)?)\z")]
    private static partial Regex RpmRequestPattern();
}
