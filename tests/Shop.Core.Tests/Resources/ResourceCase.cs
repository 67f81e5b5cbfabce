using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Shop.Core.Tests.Refunding;
using Shop.TestKit;

namespace Shop.Core.Tests.Resources;

/// <summary>What tests of paid resources do alike: resources, sessions that order and pay them, and what is open to whom.</summary>
public abstract class ResourceCase(TestDatabase database) : RefundCase(database)
{
    private static int count;

    protected MatrixOrders Matrix => Shop.Get<MatrixOrders>();

    protected PaidSessions Sessions => Shop.Get<PaidSessions>();

    protected static string Session() => "s-" + Codes.New(20);

    protected static Buyer Visitor(string session) => new(null, null) { ResourceHash = Codes.Hash(session) };

    /// <summary>A resource on sale. Returns its name.</summary>
    protected async Task<string> ResourceAsync(long price = 500, int? points = null, bool onSale = true)
    {
        var code = $"article {Interlocked.Increment(ref count)}";
        var draft = new ResourceDraft { Code = code, Title = "On tides", Summary = "Twelve pages.", Form = ResourceForm.Text, PriceMinor = price, Points = points, Body = "*Ebb*", OnSale = onSale };
        Assert.IsType<ResourceResult.Done>(await Shop.Get<ResourceDesk>().SaveAsync(draft, null, (await Shop.MemberAsync()).Id, Cancel));
        return code;
    }

    protected static MatrixWish Wish(string? resource, string? session) => new() { Resource = resource, Session = session, Culture = "en" };

    protected static MatrixWish Other(string url = "https://paper.example/a", string? session = null) =>
        new() { Summary = "An article", AmountMinor = 300, FulfillmentUrl = url, Session = session, Culture = "en" };

    protected async Task<MatrixMade.Made> MadeAsync(MatrixWish wish, ShopUnderTest? node = null) =>
        Assert.IsType<MatrixMade.Made>(await (node ?? Shop).Get<MatrixOrders>().MakeAsync(wish, Cancel));

    protected Task<MatrixMade.Made> MadeAsync(string resource, string session) => MadeAsync(Wish(resource, session));

    protected async Task<MatrixStatus> StatusAsync(string number, string? session) => (await Matrix.StatusAsync(number, session, Cancel))!;

    protected async Task<string?> ClaimAsync(string number, string session, Buyer? buyer = null, ShopUnderTest? node = null) =>
        await (node ?? Shop).Get<MatrixOrders>().ClaimAsync(number, await Matrix.TokenAsync(number, Cancel), null, buyer ?? Visitor(session), session, Cancel);

    /// <summary>Claimed, and paid at the till on the order's own pay page.</summary>
    protected async Task<PlacedOrder> PayAsync(string number, string session, Buyer? buyer = null)
    {
        Assert.Equal(number, await ClaimAsync(number, session, buyer));
        var act = await Shop.ReadAsync(db => Shop.Get<OrderReader>().FindToActAsync(db, number, buyer ?? Visitor(session), Cancel));
        Assert.IsType<PlaceResult.Placed>(await Shop.Get<Checkout>().ChangeMethodAsync(act!.Value.Id, Till.Id, null, Cancel));
        var order = await Shop.OrderAsync(number);
        await Shop.PayAsync(order);
        return await Shop.AgainAsync(order);
    }

    protected async Task<PlacedOrder> BoughtAsync(string resource, string session, Buyer? buyer = null) => await PayAsync((await MadeAsync(resource, session)).Number, session, buyer);

    protected ValueTask<string?> OpensAsync(string resource, string session, ShopUnderTest? node = null) => (node ?? Shop).Get<PaidSessions>().OrderAsync(resource, null, session, Cancel);

    protected Task<MatrixOrder> RowAsync(string number) => Shop.ReadAsync(db => db.MatrixOrders.AsNoTracking().FirstAsync(m => db.Orders.Any(o => o.Id == m.OrderId && o.Number == number), Cancel));

    protected Task<int> OrdersAsync() => Shop.ReadAsync(db => db.Orders.CountAsync(Cancel));

    /// <summary>A node's memory whose every look into the database is counted.</summary>
    protected (PaidSessions Sessions, Func<int> Looks) Counting()
    {
        var (writes, looks) = CountingWrites();
        return (new PaidSessions(writes, Shop.Clock), looks);
    }

    protected (Writes Writes, Func<int> Looks) CountingWrites()
    {
        var scopes = new CountingScopes(Shop.Get<IServiceScopeFactory>());
        return (new Writes(scopes, Shop.Get<ShopDatabase>(), NullLogger<Writes>.Instance), () => scopes.Count);
    }

    private sealed class CountingScopes(IServiceScopeFactory inner) : IServiceScopeFactory
    {
        private int count;

        public int Count => count;

        public IServiceScope CreateScope()
        {
            Interlocked.Increment(ref count);
            return inner.CreateScope();
        }
    }
}
