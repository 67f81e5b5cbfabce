namespace Shop.ProviderSimulator;

public static class StripeRoutes
{
    public static void MapStripe(this WebApplication app)
    {
        _ = app;
    }
}
