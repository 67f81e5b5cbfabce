namespace Shop.ProviderSimulator;

/// <summary>The shop that is started with the launch profile "simulator": its accounts here, and where it takes events.</summary>
public static class TrialShop
{
    // as in Shop.Web/Properties/launchSettings.json; PayPal signs the id of the webhook instead of a secret
    private static readonly (string Provider, string Account, string Secret)[] Accounts = [("stripe", "acct_try", "whsec_to_try_with"), ("paypal", "TRYAMERCHANT2", "WHTRY")];

    public static void Introduce(SimulatorStore store, Uri shop) => store.Do(books =>
    {
        foreach (var (provider, account, secret) in Accounts)
        {
            books.Add(new Hook(provider, account, new Uri(shop, $"/hooks/{provider}").AbsoluteUri, [secret]));
        }
    });
}
