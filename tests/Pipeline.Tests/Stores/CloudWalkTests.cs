using Pipeline.Clouds.Stores;
using Pipeline.Host.Net.Objects;
using Pipeline.TestKit;

namespace Pipeline.Tests.Stores;

/// <summary>What a new cloud's store needs, as the README of Pipeline.Clouds lists it.</summary>
[TestFixture, Parallelizable(ParallelScope.All)]
public sealed class CloudWalkTests
{
    private static readonly (StoreKind Kind, string Scheme, Type? Contract)[] Walks =
    [
        (StoreKind.Directory, "file:", typeof(LocalObjectStoreTests)),
        (StoreKind.S3, "s3://", typeof(S3ObjectStoreTests)),
        (StoreKind.Azure, "az://", typeof(AzureObjectStoreTests)),
        (StoreKind.Http, "https://", null),
    ];

    [Test]
    public void Every_kind_of_store_is_opened_by_a_row() =>
        Assert.That(ObjectStores.Kinds.Keys, Is.EquivalentTo(Enum.GetValues<StoreKind>()));

    [Test]
    public void Every_kind_of_store_has_an_address_a_row_in_the_README_and_a_fixture_of_the_contract()
    {
        var readme = File.ReadAllText(SourceTree.Path("src/Pipeline.Clouds/README.md"));
        Assert.That(Walks.Select(w => w.Kind), Is.EquivalentTo(Enum.GetValues<StoreKind>()));
        using (Assert.EnterMultipleScope())
        {
            foreach (var (kind, scheme, contract) in Walks)
            {
                Assert.That(StoreAddress.Parse($"{scheme}account/container/prefix", "/").Kind, Is.EqualTo(kind));
                Assert.That(readme, Does.Contain($"| `{scheme}"));
                Assert.That(contract is null || contract.IsSubclassOf(typeof(ObjectStoreContract)), Is.True, $"{kind}");
            }
        }
    }
}
