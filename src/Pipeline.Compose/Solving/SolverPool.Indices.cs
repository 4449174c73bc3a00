using System.Globalization;
using Pipeline.Compose.Repos;
using Pipeline.Host.Caches;
using Pipeline.Host.Files;
using Pipeline.Model.Diagnostics;
using static Pipeline.Compose.Solving.Libsolv;

namespace Pipeline.Compose.Solving;

/// <content>How indices get into the pool, and into their cached form.</content>
internal sealed unsafe partial class SolverPool
{
    /// <summary>Adds an index of which every package may be chosen, without its list of files.</summary>
    public void Add(string repo, string cache, Func<byte[]> text) => Add(new(repo, cache, text));

    /// <summary>Adds an index: from its cached form when that is readable, else from text, and then caches it.</summary>
    /// <exception cref="PipelineException">PL1116 (class 5): the text cannot be parsed; PL1406: the cache cannot be written.</exception>
    public void Add(IndexSource source)
    {
        var native = repo_create(_pool, source.Repo);
        var kind = source.Files is null ? "" : ".files";
        var path = $"{source.Cache}{kind}.{CacheVersion.ToString(CultureInfo.InvariantCulture)}.solv";
        var first = NextId();
        if (!File.Exists(path) || WithFile(path, "r", f => repo_add_solv(native, f, 0)) != 0)
        {
            var text = source.Text();
            Parse(native, source.Repo, text, 0);
            AddFacts(native, first, text);
            if (source.Files is { } files)
            {
                Parse(native, source.Repo, files(), ExtendSolvables);
                repo_internalize(native);
            }

            Save(native, path);
        }
        else
        {
            CacheFiles.Touch(path, TimeProvider.System);
        }

        var index = new Index(source.Repo, native, first, NextId());
        _indices.Add(index);
        Restrict(index, source.Rules);
    }

    private void Parse(nint native, string repo, byte[] text, int flags)
    {
        if (_format.Syntax == IndexSyntax.RpmPrimary && XmlProlog.Problem(text) is { } problem)
        {
            throw new PipelineException(RepositoryDiagnostics.BadIndex(repo, problem));
        }

        fixed (byte* start = text)
        {
            var file = text.Length == 0 ? 0 : fmemopen(start, (nuint)text.Length, "r");
            if (file == 0)
            {
                return;
            }

            var failed =
                (
                    _format.Syntax == IndexSyntax.DebianPackages
                        ? repo_add_debpackages(native, file, flags)
                        : repo_add_rpmmd(native, file, null, flags)
                ) != 0;
            _ = fclose(file);
            if (failed)
            {
                throw new PipelineException(RepositoryDiagnostics.BadIndex(repo, $"cannot be parsed: {Text(pool_errstr(_pool))}"));
            }
        }
    }

    /// <summary>Takes packages away that may not be chosen, and gives the repository its priority. No part of the cached form.</summary>
    private void Restrict(Index index, RepositoryRules rules)
    {
        *(int*)(index.Native + RepoPriorityOffset) = RepositoryRules.None.Priority - rules.Priority;
        if (rules.Exclude.Count == 0 && rules.Include is null)
        {
            return;
        }

        var exclude = rules.Exclude.Count == 0 ? null : new NamePatterns(rules.Exclude);
        var include = rules.Include is { } kept ? new NamePatterns(kept) : null;
        for (var solvable = index.First; solvable < index.End; solvable++)
        {
            var (name, version) = (NameOfPackage(solvable), Look(solvable, _keys.Version));
            var architecture = Look(solvable, _keys.Architecture);
            if (exclude?.Match(name, version, architecture) == true || include?.Match(name, version, architecture) == false)
            {
                repo_free_solvable(index.Native, solvable, 0);
            }
        }
    }

    /// <summary>
    /// Gives the solvables of a fresh index what libsolv's reader left out; packages of one name, version and architecture share it.
    /// </summary>
    private void AddFacts(nint native, int first, byte[] text)
    {
        var facts = new Dictionary<(string Name, string Version, string Architecture), PackageFacts>();
        var essential = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var fact in _format.Facts(text))
        {
            facts.TryAdd((fact.Name, fact.Version, fact.Architecture), fact);
        }

        for (var (solvable, end) = (first, NextId()); solvable < end; solvable++)
        {
            var key = (NameOfPackage(solvable), Look(solvable, _keys.Version), Look(solvable, _keys.Architecture));
            if (!facts.TryGetValue(key, out var fact))
            {
                continue;
            }

            if (fact.Size is { } size)
            {
                repo_set_num(native, solvable, _keys.Size, checked((ulong)size));
            }

            if (fact.Priority != _format.DefaultPriority)
            {
                repo_set_num(native, solvable, _keys.Priority, checked((ulong)fact.Priority));
            }

            if (fact.Essential)
            {
                repo_set_num(native, solvable, _keys.Essential, 1);
                essential.Add(fact.Name);
            }
        }

        foreach (var name in essential)
        {
            repo_add_poolstr_array(native, WholeRepository, _keys.Essential, name);
        }

        repo_internalize(native);
    }

    private static void Save(nint native, string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var temporary = $"{path}.{Guid.NewGuid():n}.tmp";
        if (WithFile(temporary, "w", f => repo_write(native, f)) != 0)
        {
            var full = UnixFile.FreeBytes(Path.GetDirectoryName(path)!) < 1 << 20; // before the half-written file makes room
            File.Delete(temporary);
            throw new PipelineException(SolverDiagnostics.BadCache(path, full));
        }

        File.Move(temporary, path, overwrite: true);
    }
}
