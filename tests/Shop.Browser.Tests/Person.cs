using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Playwright;

namespace Shop.Browser.Tests;

/// <summary>Somebody at a browser, whose console and network are watched: what goes wrong there is a fault of the shop that nobody would see.</summary>
public sealed class Person : IAsyncDisposable
{
    /// <summary>Far more than a page takes; a machine with much else to do gets the time it needs.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private const int MostLooks = 400;
    private const int PaymentRequired = 402;
    public const string Password = "quiet-lantern-harbour";

    private readonly IBrowserContext context;
    private readonly ConcurrentQueue<string> faults = [];
    private readonly ConcurrentQueue<string> refused = [];

    public Person(IBrowserContext context)
    {
        this.context = context;
        context.Console += (_, message) => Heard(message);
        context.WebError += (_, error) => faults.Enqueue($"script error: {error.Error}");
        context.Request += (_, request) =>
        {
            if (new Uri(request.Url).AbsolutePath == "/csp-report")
            {
                faults.Enqueue($"policy report: {request.PostData}");
            }
        };
        context.Response += (_, response) =>
        {
            if (response.Status >= 400 && (response.Request.IsNavigationRequest || response.Status == PaymentRequired || IsOfAnotherOrigin(response)))
            {
                refused.Enqueue(response.Url);
            }
        };
    }

    public IBrowserContext Context => context;

    /// <summary>The tab in front.</summary>
    public IPage Page { get; private set; } = null!;

    /// <summary>What the browser complained about. It also says so when a page answers 400 or 404, which the test asked for, when an order's page asks
    /// whether it is paid, and it is not, and when a payment service refuses what its own frame asks, such as a card.</summary>
    public IReadOnlyList<string> Faults => [.. faults.Where(fault =>
        !fault.Contains("Failed to load resource", StringComparison.Ordinal) || !refused.Any(page => fault.Contains($"({page}:", StringComparison.Ordinal)))];

    public string Path => new Uri(Page.Url).AbsolutePath;

    public ILocator this[string testId] => Page.GetByTestId(testId);

    /// <summary>Opens another tab and puts it in front.</summary>
    public async Task<IPage> NewTabAsync() => Page = await context.NewPageAsync();

    public async Task<IPage> GoAsync(string path)
    {
        Page ??= await context.NewPageAsync();
        await Page.GotoAsync(path);
        return Page;
    }

    /// <summary>Presses a button that sends a form, and waits for the page that answers.</summary>
    public async Task SubmitAsync(string button)
    {
        var page = Page;
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Arrived(object? sender, IFrame frame)
        {
            if (frame == page.MainFrame)
            {
                answered.TrySetResult();
            }
        }

        page.FrameNavigated += Arrived;
        try
        {
            await page.Locator(button).First.ClickAsync();
            await answered.Task.WaitAsync(Patience);
        }
        finally
        {
            page.FrameNavigated -= Arrived;
        }

        await page.WaitForLoadStateAsync();
    }

    public Task FillAsync(string field, string value) => Page.Locator($"main [name='{field}']").FillAsync(value);

    /// <summary>A new member with a name of its own, registered through the form.</summary>
    public async Task<string> RegisterAsync(string? returnUrl = null)
    {
        var name = "luna_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(3));
        await GoAsync("/account/register" + (returnUrl is null ? "" : $"?returnUrl={Uri.EscapeDataString(returnUrl)}"));
        await FillAsync("UserName", name);
        await FillAsync("Email", MailOf(name));
        await FillAsync("Password", Password);
        await FillAsync("ConfirmPassword", Password);
        await Page.Locator("main form button").ClickAsync();
        await Assertions.Expect(Page.Locator("nav[aria-label=You]")).ToContainTextAsync(name);
        return name;
    }

    public static string MailOf(string name) => $"{name}@example.org";

    public async Task SignInAsync(string name, string password)
    {
        await GoAsync("/account/login");
        await FillAsync("UserName", name);
        await FillAsync("Password", password);
        await Page.Locator("main form button").ClickAsync();
        await Assertions.Expect(Page.Locator("nav[aria-label=You]")).ToContainTextAsync(name);
    }

    /// <summary>Puts a product into the cart from its own page.</summary>
    public async Task AddAsync(string sku, string? recipient = null, string? note = null)
    {
        await GoAsync($"/shop/{sku}");
        if (recipient is not null)
        {
            await FillAsync("Recipient", recipient);
        }

        if (note is not null)
        {
            await FillAsync("Note", note);
        }

        await Page.Locator("main").GetByTestId("add-to-cart").ClickAsync();
        await Page.WaitForURLAsync("**/cart");
    }

    /// <summary>Ticks "use points" in the cart.</summary>
    public async Task UsePointsAsync()
    {
        await GoAsync("/cart");
        await Page.Locator("[name='UsePoints'][type='checkbox']").CheckAsync();
        await SubmitAsync("form:has([name='UsePoints']) button");
    }

    /// <summary>From the cart to the bank's page; the order's pay page stays in the history behind it.</summary>
    /// <param name="country">Chosen in a shop that taxes by country.</param>
    public async Task PlaceAsync(string? country = null)
    {
        await GoAsync("/checkout");
        if (country is not null)
        {
            await Page.SelectOptionAsync("#Country", country);
            await SubmitAsync("[data-testid=apply-tax]");
        }

        await this["place-order"].ClickAsync();
        await Page.WaitForURLAsync(address => new Uri(address).AbsolutePath is not "/checkout");
    }

    /// <summary>Chooses an outcome at the bank and comes back.</summary>
    public async Task AtTheBankAsync(string outcome)
    {
        await Page.WaitForURLAsync("**/sandbox/pay/**");
        await Page.Locator($"button[value='{outcome}']").ClickAsync();
        await Page.WaitForURLAsync(address => !address.Contains("/sandbox/", StringComparison.Ordinal));
    }

    /// <summary>The instant that an element shows.</summary>
    public static async Task<DateTimeOffset> InstantAsync(ILocator time) => DateTimeOffset.Parse(
        await time.GetAttributeAsync("datetime") ?? throw new InvalidOperationException("no datetime"), CultureInfo.InvariantCulture);

    /// <summary>The texts of the mails to a member that have these words. Mails are sent after the purchase, so it looks until there is one.</summary>
    public async Task<IReadOnlyList<string>> MailsAsync(string name, string words)
    {
        for (var look = 0; look < MostLooks; look++)
        {
            var mails = await MailsTo(await GoAsync("/dev/mail"), name, words).AllInnerTextsAsync();
            if (mails.Count > 0)
            {
                return mails;
            }
        }

        throw new InvalidOperationException($"No mail to {name} with \"{words}\" has come.");
    }

    /// <summary>Follows the link of the newest mail to a member that has these words.</summary>
    public async Task FollowMailAsync(string name, string words, string link = "a")
    {
        await MailsAsync(name, words);
        await GoAsync(await MailsTo(Page, name, words).First.Locator(link).First.GetAttributeAsync("href") ?? "");
    }

    private static ILocator MailsTo(IPage page, string name, string words) =>
        page.Locator($"[data-testid='mail'][data-to='{MailOf(name)}']").Filter(new LocatorFilterOptions { HasText = words });

    public ValueTask DisposeAsync() => context.DisposeAsync();

    private static bool IsOfAnotherOrigin(IResponse response) => new Uri(response.Url).Authority != new Uri(response.Frame.Page.Url).Authority;

    private void Heard(IConsoleMessage message)
    {
        if (message.Type is not ("error" or "warning"))
        {
            return;
        }

        faults.Enqueue($"console {message.Type}: {message.Text} ({message.Location})");
    }
}
