using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.Accounts;
using Shop.Core;
using Shop.TestKit;

namespace Shop.Web.Tests.Buying;

/// <summary>Base of the tests that use the shop as a buyer does.</summary>
public abstract class BuyingTests(TestDatabase database) : ShopTests(database)
{
    protected DateTimeOffset Now => Shop.Clock.GetUtcNow();

    /// <summary>A new member, signed in, with points to spend.</summary>
    protected async Task<(Visitor Visitor, string Name)> MemberAsync(long points = 0)
    {
        var (visitor, name) = await Shop.RegisterAsync();
        if (points > 0)
        {
            var id = await IdAsync(name);
            await WriteAsync((db, token) => PointsAccounts.GrantAsync(db, name, id, points, "test", null, Now, token));
        }

        return (visitor, name);
    }

    protected Task<long> IdAsync(string name) => ReadAsync(db => db.Users.Where(m => m.UserName == name).Select(m => m.Id).SingleAsync(Cancel));

    protected Task<T> ReadAsync<T>(Func<ShopDbContext, Task<T>> read) => Shop.ReadAsync((db, _) => read(db), Cancel);

    protected Task<T> WriteAsync<T>(Func<ShopDbContext, CancellationToken, Task<T>> write) =>
        Shop.Services.GetRequiredService<Writes>().RunAsync((unit, token) => write(unit.Db, token), Cancel);

    protected Task<int> OrdersOfAsync(string name) => ReadAsync(db => db.Orders.CountAsync(o => db.Users.Any(m => m.Id == o.BuyerId && m.UserName == name), Cancel));

    protected Task<DateTimeOffset?> PaidAtAsync(string number) => ReadAsync(db => db.Orders.Where(o => o.Number == number).Select(o => o.PaidAt).SingleAsync(Cancel));

    protected Task<long> PointsAsync(string name) =>
        ReadAsync(async db => await PointsAccounts.BalanceAsync(db, await db.Users.Where(m => m.UserName == name).Select(m => m.Id).SingleAsync(Cancel), Cancel));

    /// <summary>From now on a product costs this much.</summary>
    protected Task PriceAsync(string sku, long minor) => WriteAsync(async (db, token) =>
    {
        var rules = Shop.Services.GetRequiredService<RuleBook>();
        var list = await rules.GetAsync<PriceList>(db, await rules.CurrentAsync(db, token), token);
        var products = list.Products.Select(p => p.Sku == sku ? p with { PriceMinor = minor, Points = minor / list.PointValueMinor } : p);
        return Assert.IsType<PublishResult.Published>(await rules.PublishAsync(db, [list with { Products = [.. products] }], null, "test", Now, token));
    });

    /// <summary>The mails about orders and gifts that went to an address, oldest first; what waits is sent first.</summary>
    protected async Task<IReadOnlyList<SentMail>> MailsAsync(string address)
    {
        Shop.Clock.Advance(TimeSpan.FromSeconds(2));
        var mails = await Shop.MailsToAsync(address, Cancel);
        return [.. mails.Where(m => !m.Subject.StartsWith("Please confirm", StringComparison.Ordinal))];
    }

    protected static string Address(string name) => $"{name}@example.org";

    /// <summary>A post that no form made, with a good form token from another page of the shop.</summary>
    protected static async Task<Page> PostAsync(Visitor visitor, string address, params (string Name, string Value)[] fields)
    {
        var token = (await visitor.GetAsync("/receipts")).Value("__RequestVerificationToken")!;
        return await visitor.SendAsync(Form(address, [.. fields, ("__RequestVerificationToken", token)]));
    }

    protected static HttpRequestMessage Form(string address, IEnumerable<(string Name, string Value)> fields) => new(HttpMethod.Post, address)
    {
        Content = new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value))),
    };

    /// <summary>A problem with a field stands beside it, tied to it for screen readers, and in the summary that leads to it.</summary>
    protected static void IsWrong(Page page, string field, string words, System.Net.HttpStatusCode status = System.Net.HttpStatusCode.BadRequest)
    {
        Assert.Equal(status, page.Status);
        Assert.Contains(words, page.Wrong(field), StringComparison.Ordinal);
        var input = page.Document.QuerySelector($"#{field}")!;
        Assert.Contains($"{field}-wrong", input.GetAttribute("aria-describedby"), StringComparison.Ordinal);
        Assert.NotNull(page.Document.QuerySelector($"[role=alert][data-testid=error] a[href='#{field}']"));
    }
}
