using System.Text;

namespace Pipeline.Kola.Checks;

/// <summary>Follows a console file while QEMU writes it: when it last grew, the first fatal line, and all marks.</summary>
internal sealed class ConsoleFollower : IAsyncDisposable
{
    private const int LongestLine = 8192;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a better explanation is waited for after <see cref="FatalKind.StopSoon"/>.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(4);

    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _done = new();
    private readonly FatalScanner _scanner = new();
    private readonly TaskCompletionSource<FatalLine> _fatal = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly List<FatalLine> _marks = [];
    private readonly Task _loop;
    private long _lastProgress;
    private string _lastLine = "";
    private FatalLine? _vague;
    private long _vagueSince;

    /// <summary>Starts to follow; the file may not exist yet.</summary>
    public ConsoleFollower(string path, TimeProvider time)
    {
        _path = path;
        _time = time;
        _lastProgress = time.GetTimestamp();
        _loop = FollowAsync();
    }

    /// <summary>Completes with the first line after which the machine will not come up; never when there is none.</summary>
    public Task<FatalLine> Fatal => _fatal.Task;

    /// <summary>How long the console has been silent.</summary>
    public TimeSpan Silence => _time.GetElapsedTime(Interlocked.Read(ref _lastProgress));

    /// <summary>The last line with text on it.</summary>
    public string LastLine
    {
        get
        {
            lock (_gate)
            {
                return _lastLine;
            }
        }
    }

    /// <summary>Drops marks up to now; a shared machine is asked once per test.</summary>
    public IReadOnlyList<FatalLine> TakeMarks()
    {
        lock (_gate)
        {
            FatalLine[] taken = [.. _marks];
            _marks.Clear();
            return taken;
        }
    }

    /// <summary>The line without terminal escape sequences and control characters.</summary>
    public static string Plain(string line)
    {
        var text = new StringBuilder(line.Length);
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] == '\e')
            {
                i = EndOfEscape(line, i);
            }
            else if (line[i] >= ' ' || line[i] == '\t')
            {
                text.Append(line[i]);
            }
        }

        return text.ToString();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _done.CancelAsync();
        await _loop;
        _done.Dispose();
    }

    private static int EndOfEscape(string line, int at)
    {
        if (at + 1 >= line.Length || line[at + 1] != '[')
        {
            return at + 1;
        }

        var end = at + 2;
        while (end < line.Length && line[end] is < '@' or > '~')
        {
            end++;
        }

        return end;
    }

    private async Task FollowAsync()
    {
        var line = new StringBuilder();
        var decoder = Encoding.UTF8.GetDecoder();
        var bytes = new byte[32 * 1024];
        var characters = new char[bytes.Length + 4];
        FileStream? file = null;
        try
        {
            while (true)
            {
                file ??= File.Exists(_path)
                    ? new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)
                    : null;
                int read;
                while (file is not null && (read = file.Read(bytes)) > 0)
                {
                    Interlocked.Exchange(ref _lastProgress, _time.GetTimestamp());
                    Take(line, characters.AsSpan(0, decoder.GetChars(bytes, 0, read, characters, 0)));
                }

                if (_vague is not null && (_done.IsCancellationRequested || _time.GetElapsedTime(_vagueSince) > Grace))
                {
                    _fatal.TrySetResult(_vague);
                }

                if (_done.IsCancellationRequested)
                {
                    return;
                }

                try
                {
                    await Task.Delay(Pause, _time, _done.Token);
                }
                catch (OperationCanceledException)
                {
                    // One last read below the loop's head, so that nothing printed before the end is missed.
                }
            }
        }
        finally
        {
            file?.Dispose();
        }
    }

    private void Take(StringBuilder line, ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (c == '\n' || line.Length >= LongestLine)
            {
                Complete(Plain(line.ToString()));
                line.Clear();
            }

            if (c != '\n')
            {
                line.Append(c);
            }
        }

        // A prompt has no line feed: look at what stands there so far, without counting it twice.
        if (
            line.Length is > 0 and < 200
            && FatalPatterns.All.FirstOrDefault(p => p.Kind != FatalKind.Mark && p.Count == 1 && p.Matches(Plain(line.ToString())))
                is { } pattern
        )
        {
            Decide(new(pattern, Plain(line.ToString())));
        }
    }

    private void Complete(string line)
    {
        var fatal = _scanner.Scan(line);
        lock (_gate)
        {
            _lastLine = string.IsNullOrWhiteSpace(line) ? _lastLine : line.Trim();
            if (fatal is not null)
            {
                _marks.Add(fatal);
            }
        }

        if (fatal is not null)
        {
            Decide(fatal);
        }
    }

    private void Decide(FatalLine line)
    {
        if (line.Pattern.Kind is FatalKind.Stop or FatalKind.HostTiming or FatalKind.Emulation)
        {
            _fatal.TrySetResult(line);
        }
        else if (line.Pattern.Kind == FatalKind.StopSoon && _vague is null)
        {
            _vague = line;
            _vagueSince = _time.GetTimestamp();
        }
    }
}
