namespace Shop.Payments.Tests.Conformance;

/// <summary>Whoever adds a payment service adds its run of the tests that all share (MZ-18); sellers' sites have nothing to change then.</summary>
public sealed class EveryPluginTests
{
    [Fact]
    public void MZ_18_EachServiceOfTheShop_HasItsRunOfTheSharedTests()
    {
        var services = typeof(IPaymentProvider).Assembly.GetTypes().Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IPaymentProvider))).ToList();
        var runs = typeof(EveryPluginTests).Assembly.GetTypes().Where(type => type is { IsAbstract: false } && type.IsSubclassOf(typeof(ProviderConformance))).Select(Folder).ToHashSet();
        Assert.InRange(services.Count, 4, 40);
        Assert.All(services, service => Assert.Contains(Folder(service), runs));
    }

    private static string Folder(Type type) => type.Namespace!.Split('.')[^1];
}
