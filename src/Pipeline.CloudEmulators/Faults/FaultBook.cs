namespace Pipeline.CloudEmulators.Faults;

/// <summary>The faults that are still to happen; requests take them one at a time.</summary>
internal sealed class FaultBook
{
    private readonly Lock _lock = new();
    private readonly List<FaultRule> _rules;

    /// <summary>A book with these faults.</summary>
    public FaultBook(IEnumerable<FaultRule> rules) => _rules = [.. rules];

    /// <summary>What is left, in order.</summary>
    public IReadOnlyList<FaultRule> Left
    {
        get
        {
            lock (_lock)
            {
                return [.. _rules];
            }
        }
    }

    /// <summary>Adds a fault behind the others.</summary>
    public void Add(FaultRule rule)
    {
        lock (_lock)
        {
            _rules.Add(rule);
        }
    }

    /// <summary>Forgets all faults.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _rules.Clear();
        }
    }

    /// <summary>The first fault that meets this request; one of its times is used up. <c>null</c> for none.</summary>
    public FaultRule? Take(string operation, string region)
    {
        lock (_lock)
        {
            var index = _rules.FindIndex(r => (r.Operation == "*" || r.Operation == operation) && (r.Region is null || r.Region == region));
            if (index < 0)
            {
                return null;
            }

            var rule = _rules[index];
            if (rule.Times <= 1)
            {
                _rules.RemoveAt(index);
            }
            else if (rule.Times < FaultRule.Always)
            {
                _rules[index] = rule with { Times = rule.Times - 1 };
            }

            return rule;
        }
    }
}
