using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using Pipeline.Model.Text;
using Pipeline.Model.Values;

namespace Pipeline.Model.Contracts;

/// <summary>
/// The members of one record type, found once by reflection; reader, writer and schema all come from it, so they cannot drift apart.
/// </summary>
internal sealed class ContractShape
{
    private static readonly ConcurrentDictionary<Type, ContractShape> Known = new();
    private readonly Type _type;

    private ContractShape(Type type)
    {
        _type = type;
        Members = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.GetCustomAttribute<MemberAttribute>() is not null)
            .OrderBy(p => DepthOf(p.DeclaringType!))
            .ThenBy(p => p.MetadataToken)
            .Select(p => new ContractMember(p))
            .ToValueList();
        ByName = Members.ToDictionary(m => m.Name, StringComparer.Ordinal);
        Identity = Members.FirstOrDefault(m => m.Required && m.Type is TextType);
        Closed = type.GetCustomAttribute<ClosedAttribute>() is not null;
    }

    public ValueList<ContractMember> Members { get; }

    public IReadOnlyDictionary<string, ContractMember> ByName { get; }

    /// <summary>The member that identifies the items of a list, such as a version: the first required text; <c>null</c> for none.</summary>
    public ContractMember? Identity { get; }

    /// <summary>Whether an unknown member is an error.</summary>
    public bool Closed { get; }

    public static ContractShape Of(Type type) => Known.GetOrAdd(type, t => new(t));

    public object Read(JsonTextObject found, ReadContext context)
    {
        var record = Activator.CreateInstance(_type)!;
        foreach (var unknown in found.Members.Where(m => Closed && !ByName.ContainsKey(m.Name)))
        {
            context.UnknownMember(unknown, ByName.Keys);
        }

        foreach (var member in Members)
        {
            var node = found.Find(member.Name);
            if (node is null or JsonTextNull)
            {
                if (member.Required)
                {
                    context.Missing(found, member.Name);
                }

                continue;
            }

            context.Push(member.Name);
            if (member.Type.Read(node, context) is { } value)
            {
                member.Property.SetValue(record, value);
            }

            context.Pop();
        }

        return record;
    }

    /// <summary>Members of a base come first; within one type they are in the order of its source.</summary>
    private static int DepthOf(Type type) => type.BaseType is { } below ? 1 + DepthOf(below) : 0;
}

/// <summary>One member of a record type.</summary>
internal sealed class ContractMember
{
    public ContractMember(PropertyInfo property)
    {
        Property = property;
        Options = property.GetCustomAttribute<MemberAttribute>()!;
        Required = property.GetCustomAttribute<RequiredMemberAttribute>() is not null;
        Type = TypeOf(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType);
    }

    public PropertyInfo Property { get; }

    public MemberAttribute Options { get; }

    public string Name => Options.Name;

    public bool Required { get; }

    public ContractType Type { get; }

    private ContractType TypeOf(Type type)
    {
        if (type.IsGenericType)
        {
            var item = type.GetGenericArguments()[0];
            return type.GetGenericTypeDefinition() == typeof(ValueList<>)
                ? (ContractType)Activator.CreateInstance(typeof(ListType<>).MakeGenericType(item), TypeOf(item), Options.AllowOne)!
                : (ContractType)
                    Activator.CreateInstance(
                        typeof(MapType<>).MakeGenericType(item),
                        TypeOf(item),
                        Options.KeyPattern,
                        Options.KeyExpected
                    )!;
        }

        return type == typeof(string) ? new TextType(Options.Pattern, Options.Expected)
            : type == typeof(bool) ? new FlagType()
            : type == typeof(long) ? new IntegerType()
            : type == typeof(double) ? new RealType()
            : type == typeof(RetentionAge) ? new AgeType()
            : type == typeof(GraphEdge) ? new EdgeType()
            : type == typeof(JsonTextNode) ? new AnyType()
            : typeof(ContractRecord).IsAssignableFrom(type) ? new RecordType(type)
            : throw new NotSupportedException($"{Property.DeclaringType!.Name}.{Property.Name} has a type no contract uses: {type.Name}");
    }
}
