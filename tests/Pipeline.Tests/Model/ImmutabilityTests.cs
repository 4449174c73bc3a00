using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using Pipeline.Model.Contracts;
using Pipeline.Model.Values;

namespace Pipeline.Tests.Model;

/// <summary>
/// Public records of Model cannot change, and two with the same contents are equal: no setters, no fields, no collections but ours.
/// </summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class ImmutabilityTests
{
    private static readonly Type[] Records =
    [
        .. typeof(ContractRecord).Assembly.GetExportedTypes().Where(IsRecord).OrderBy(t => t.FullName, StringComparer.Ordinal),
    ];

    [Test]
    public void A_public_record_has_no_setters_and_no_public_fields()
    {
        var setters =
            from type in Records
            from property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            where property.SetMethod is { } set && !set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit))
            select $"{type.Name}.{property.Name}";
        var fields =
            from type in Records
            from field in type.GetFields(BindingFlags.Public | BindingFlags.Instance)
            select $"{type.Name}.{field.Name}";

        Assert.That(Records, Has.Length.GreaterThan(50));
        Assert.That(setters.Concat(fields), Is.Empty, "make it 'get' or 'init'");
    }

    [Test]
    public void A_collection_of_a_public_record_is_a_ValueList_or_a_ValueMap()
    {
        var others =
            from type in Records
            from property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            where typeof(IEnumerable).IsAssignableFrom(property.PropertyType) && property.PropertyType != typeof(string)
            where !IsOurs(property.PropertyType)
            select $"{type.Name}.{property.Name}: {property.PropertyType.Name}";

        Assert.That(others, Is.Empty, "a record that holds any other collection is not equal to its twin");
    }

    private static bool IsOurs(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() is var d && (d == typeof(ValueList<>) || d == typeof(ValueMap<>));

    private static bool IsRecord(Type type) =>
        type.GetMethod("<Clone>$") is not null
        || (type.IsValueType && type.GetMethod("PrintMembers", BindingFlags.NonPublic | BindingFlags.Instance) is not null);
}
