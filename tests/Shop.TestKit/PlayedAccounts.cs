using System.Net.Http.Json;
using System.Security.Cryptography;

namespace Shop.TestKit;

/// <summary>An account at Stripe and one at PayPal, played by a simulator of their own: the settings of a shop that uses them, what its buyers do there, and what the
/// providers' own books say.</summary>
public class PlayedAccounts : IAsyncDisposable
{
    protected const string Secret = "whsec_of_the_whole_shop";

    private readonly string rootFile = Path.Combine(Directory.CreateTempSubdirectory("simulator-root-").FullName, "root.pem");

    protected PlayedAccounts(ProviderSimulator simulator) => Simulator = simulator;

    public ProviderSimulator Simulator { get; }

    public string Name { get; } = RandomNumberGenerator.GetHexString(10, lowercase: true);

    public string Merchant { get; } = RandomNumberGenerator.GetString("23456789ABCDEFGHJKLMNPQRSTUVWXYZ", 13);

    public string Webhook { get; } = RandomNumberGenerator.GetHexString(17);

    /// <summary>Configuration of the shop, as <c>Payments:Stripe:ApiBase</c>.</summary>
    public Dictionary<string, string?> Settings => new()
    {
        ["Payments:Stripe:ApiBase"] = Simulator.Address.AbsoluteUri,
        ["Payments:Stripe:SecretKey"] = $"sk_test_{Name}",
        ["Payments:Stripe:PublishableKey"] = $"pk_test_{Name}",
        ["Payments:Stripe:AccountId"] = Account("stripe"),
        ["Payments:Stripe:WebhookSecrets:0"] = Secret,
        ["Payments:Stripe:Hosted"] = "true",
        ["Payments:PayPal:ApiBase"] = Simulator.Address.AbsoluteUri,
        ["Payments:PayPal:ClientId"] = "client-" + Merchant,
        ["Payments:PayPal:Secret"] = "a-secret-of-the-tests",
        ["Payments:PayPal:MerchantId"] = Merchant,
        ["Payments:PayPal:WebhookId"] = Webhook,
        ["Payments:PayPal:CertificateRoots"] = rootFile,
    };

    public static async Task<PlayedAccounts> OpenAsync(CancellationToken cancellationToken)
    {
        var accounts = new PlayedAccounts(await ProviderSimulator.StartAsync());
        await accounts.KeepRootAsync(cancellationToken);
        return accounts;
    }

    public string Account(string provider) => provider == "stripe" ? $"acct_{Name}" : Merchant;

    /// <param name="at">Words of the request or event, such as "POST capture".</param>
    public Task FailAsync(string provider, string at, string mode, CancellationToken cancellationToken, int? times = null) =>
        Simulator.FailAsync($"{at} {Account(provider)}", mode, times, cancellationToken);

    public async Task BehaveAsync(CancellationToken cancellationToken)
    {
        using var cleared = await Simulator.Http.DeleteAsync("/_faults", cancellationToken);
    }

    /// <summary>Everything in the books of one account: charges and captures, refunds, what was disputed.</summary>
    public async Task<IReadOnlyList<Movement>> LedgerAsync(string provider, CancellationToken cancellationToken) =>
    [
        .. (await Simulator.GetAsync($"/_ledger?provider={provider}&account={Account(provider)}", cancellationToken)).GetProperty("movements").EnumerateArray()
            .Select(it => new Movement(
                it.GetProperty("kind").GetString()!, it.GetProperty("id").GetString()!, it.GetProperty("ourId").GetString(), it.GetProperty("amount").GetInt64(),
                it.GetProperty("currency").GetString()!.ToUpperInvariant())),
    ];

    /// <summary>What the books say of one payment, by our attempt, or of a refund, by ours.</summary>
    public async Task<IReadOnlyList<(string Kind, string Id, long Amount)>> BooksAsync(string provider, Guid ourId, CancellationToken cancellationToken) =>
    [
        .. (await LedgerAsync(provider, cancellationToken)).Where(it => it.OurId?.Contains(ourId.ToString(), StringComparison.Ordinal) == true)
            .Select(it => (it.Kind, it.Id, it.Amount)),
    ];

    public async Task<long> OutdatedAsync(string provider, CancellationToken cancellationToken) =>
        (await Simulator.GetAsync("/_ledger", cancellationToken)).GetProperty("counters").TryGetProperty($"{provider}_posts_with_outdated_keys", out var count) ? count.GetInt64() : 0;

    /// <summary>The paths of all POSTs so far that could make or move something.</summary>
    public async Task<IReadOnlyList<string>> PostsAsync(string provider, CancellationToken cancellationToken) =>
    [
        .. (await Simulator.GetAsync($"/_requests?provider={provider}&account={Account(provider)}", cancellationToken)).EnumerateArray()
            .Where(it => it.GetProperty("method").GetString() == "POST").Select(it => it.GetProperty("path").GetString()!),
    ];

    /// <summary>The buyer pays on the provider's page; where their browser is sent then.</summary>
    public Task<string> PayAsync(string provider, string reference, CancellationToken cancellationToken) =>
        PressAsync(provider, provider == "stripe" ? $"/stripe/pay/{reference}" : $"/checkoutnow?token={reference}", cancellationToken);

    /// <summary>The buyer agrees on the provider's page, whichever it is; where their browser is sent then.</summary>
    /// <param name="choice">A card, or an answer, other than the one that pays.</param>
    public async Task<string> PressAsync(string provider, string page, CancellationToken cancellationToken, string? choice = null)
    {
        var (field, value) = provider == "stripe" ? ("card", "pm_card_visa") : ("answer", "approve");
        using var answer = await Simulator.Http.PostAsync(page, new FormUrlEncodedContent([KeyValuePair.Create(field, choice ?? value)]), cancellationToken);
        return answer.Headers.Location?.AbsoluteUri ?? throw new InvalidOperationException($"{page}: {answer.StatusCode}");
    }

    /// <summary>Tells a handle of the simulator something.</summary>
    public async Task TellAsync(string handle, object what, CancellationToken cancellationToken)
    {
        using var answer = await Simulator.Http.PostAsJsonAsync(handle, what, cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"{handle}: {await answer.Content.ReadAsStringAsync(cancellationToken)}");
        }
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Simulator.DisposeAsync();
        Directory.Delete(Path.GetDirectoryName(rootFile)!, recursive: true);
    }

    /// <summary>Keeps the root that PayPal's events are signed under, where the settings name it.</summary>
    protected async Task KeepRootAsync(CancellationToken cancellationToken) =>
        await File.WriteAllTextAsync(rootFile, await Simulator.Http.GetStringAsync("/_paypal/root", cancellationToken), cancellationToken);

    /// <param name="OurId">What the shop wrote beside it: the attempt's id, of a refund the refund's.</param>
    /// <param name="Amount">Minor units.</param>
    public sealed record Movement(string Kind, string Id, string? OurId, long Amount, string Currency);
}
