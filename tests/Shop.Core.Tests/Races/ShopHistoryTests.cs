using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;
using Shop.TestKit;

namespace Shop.Core.Tests.Races;

/// <summary>
/// A few members, and months of buying, giving, claiming, passing on, turning into points, declining and taking back in random order, through the services. The
/// test keeps its own count of everybody's points.
/// </summary>
public abstract class ShopHistoryTests(TestDatabase database) : ShopTests(database)
{
    private const int Steps = 300;
    private const int PointMinor = 10;
    private static readonly string[] Time = ["paid1", "paid2", "paid6", "paid12", "prem6", "prem12"];

    private readonly List<Person> people = [];
    private readonly Dictionary<long, long> points = [];
    private readonly List<Given> given = [];
    private readonly Totals totals = new();
    private Random random = new(0);

    [Fact]
    public async Task F8_C05_ThreeHundredStepsOfAShop_KeepBooksPointsAndTimeRight()
    {
        var seed = Histories.Seed();
        random = new Random(seed);
        for (var i = 0; i < 6; i++)
        {
            var member = await Shop.MemberAsync(points: i * 100);
            people.Add(member);
            points[member.Id] = i * 100;
            totals.Granted += i * 100;
        }

        for (var step = 1; step <= Steps; step++)
        {
            Shop.Clock.Advance(TimeSpan.FromMinutes(random.Next(61, 3000)));
            var did = await DoAsync();
            var where = $"SHOP_SEED={seed}, step {step}: {did}";
            var (there, held) = await BalancesAsync();
            Assert.True(points.OrderBy(p => p.Key).SequenceEqual(there.OrderBy(p => p.Key)), $"{where}: {Words(points)} expected, {Words(there)} found");
            Assert.True(held == 0 && there.Values.All(b => b >= 0), $"{where}: {held} held, {Words(there)}");
            Assert.True(totals.Left == there.Values.Sum(), $"{where}: {totals} left, {there.Values.Sum()} found");
            if (step % 25 == 0)
            {
                await CheckAsync(where);
            }
        }

        // a history that stops doing something would still pass
        Assert.True(totals is { Bought: > 0, Converted: > 0, Spent: > 0, TakenBack: > 0, Moved: > 0, Claimed: > 0 }, $"SHOP_SEED={seed}: {totals}");
    }

    private async Task CheckAsync(string where)
    {
        await Shop.SendAsync();
        var violations = await Shop.ReadAsync(db => new Core.Books(db, Shop.Clock).CheckAsync(Cancel));
        Assert.True(violations.Count == 0, $"{where}: {string.Join(", ", violations)}");
        long worth = 0;
        foreach (var person in people)
        {
            var (kept, folded) = await Shop.ReadAsync(async db => (
                await MembershipLedger.StateAsync(db, person.Id, Cancel), await Shop.Get<MembershipLedger>().ComputeAsync(db, person.Id, Cancel)));
            Assert.True(kept == folded, $"{where}: {person.Name} has {kept}, the events say {folded}");
            worth += (long)(kept.Until > Shop.Clock.GetUtcNow() ? kept.Until.Value - Shop.Clock.GetUtcNow() : TimeSpan.Zero).TotalSeconds * (kept.Class == "premium" ? 290 : 203);
        }

        // all time turned into points at 29, or at 20 and seven tenths of 29, for thirty days; nobody got it for less
        var paid = totals.Granted + (totals.PaidMinor / PointMinor);
        Assert.True(totals.Left + (worth / (30 * 86_400 * 10)) <= paid, $"{where}: {totals.Left} points and time worth {worth / (30 * 86_400 * 10)} for {paid}");
    }

    private Task<string> DoAsync() => random.Next(8) switch
    {
        0 or 1 => BuyAsync(Pick(), new AddToCart(Pick(Time), 1, null, null)),
        2 => BuyAsync(Pick(), new AddToCart(Pick(Time), 1, Pick().Name, null)),
        3 => BuyAsync(Pick(), new AddToCart("points", random.Next(30, 300), random.Next(2) == 0 ? null : Pick().Name, null)),
        4 => BuyAsync(Pick(), new AddToCart(Pick(Time), 1, "somebody@example.org", null)),
        5 => TransferAsync(Pick(), Pick(), random.Next(1, 200)),
        6 => TurnAsync(Pick()),
        _ => TakeBackAsync(),
    };

    private async Task<string> BuyAsync(Person buyer, AddToCart wish)
    {
        var what = $"{buyer.Name} buys {wish.Quantity} {wish.Sku} for {wish.Recipient ?? "themselves"}";
        await Shop.Get<Carts>().UsePointsAsync(buyer.Buyer, random.Next(3) > 0, Cancel);
        if (await Shop.AddAsync(buyer.Buyer, wish) is CartResult.Refused { Reason: var reason })
        {
            return $"{what}: {reason}";
        }

        var cart = await Shop.CartAsync(buyer.Buyer);
        var placed = Assert.IsType<PlaceResult.Placed>(await Shop.PlaceAsync(buyer.Buyer, cart.DueMoney.IsZero ? PayMethod.Points : Till.Id));
        var order = await Shop.OrderAsync(placed.Number);
        if (order.Attempts.Count > 0 && random.Next(5) == 0)
        {
            if (random.Next(2) == 0)
            {
                Shop.Till.Set(order.Live.Id, new PaymentOutcome.Declined(DeclineReason.Unspecified, null));
                await Shop.SettleAsync(order);
            }

            await Shop.Get<Carts>().DiscardAsync(buyer.Buyer, Cancel);
            return what + ", and does not pay";
        }

        if (order.Attempts.Count > 0)
        {
            await Shop.PayAsync(order);
        }

        points[buyer.Id] -= order.Order.DuePoints;
        totals.Spent += order.Order.DuePoints;
        totals.PaidMinor += order.Order.DueMinor;
        var delivery = await Shop.ReadAsync(db => db.Deliveries.AsNoTracking().SingleAsync(d => d.OrderId == order.Order.Id, Cancel));
        return what + await ReceiveAsync(delivery, order.Order.Lines[0]);
    }

    private async Task<string> ReceiveAsync(Delivery delivery, OrderLine line)
    {
        if (delivery.State == DeliveryState.AwaitingClaim)
        {
            var code = (await Shop.ReadAsync(db => GiftReader.ToClaimAsync(db, Shop.Get<LinkTokens>(), delivery.Id, Cancel)))!.Code;
            var who = Pick();
            if (await Shop.Get<Claims>().ClaimAsync(code, who.Id, Cancel) is not ClaimResult.Claimed)
            {
                return $", which {who.Name} cannot claim";
            }

            totals.Claimed++;
            given.Add(new Given(delivery.Id, line.Kind, who.Id, 0));
            return $", claimed by {who.Name}";
        }

        Assert.Equal(DeliveryState.Applied, delivery.State);
        var bought = line.Units ?? 0;
        points[delivery.RecipientId!.Value] += bought;
        totals.Bought += bought;
        given.Add(new Given(delivery.Id, line.Kind, delivery.RecipientId.Value, bought));
        return "";
    }

    private async Task<string> TransferAsync(Person from, Person to, long amount)
    {
        var result = await Shop.Get<Transfers>().SendAsync(new TransferWish(from.Id, to.Name, amount, null, false), Codes.New(26), Cancel);
        var isMoved = result is TransferResult.Sent;
        Assert.Equal(from != to && points[from.Id] >= amount, isMoved);
        points[from.Id] -= isMoved ? amount : 0;
        points[to.Id] += isMoved ? amount : 0;
        totals.Moved += isMoved ? amount : 0;
        return $"{from.Name} passes {amount} on to {to.Name}: {result}";
    }

    private async Task<string> TurnAsync(Person who)
    {
        var view = await Shop.ReadAsync(db => Shop.Get<TimeToPoints>().ViewAsync(db, who.Id, Cancel));
        if (view is not ConversionResult.Possible { Offer: var offer })
        {
            return $"{who.Name} cannot turn time into points: {view}";
        }

        var blocks = random.Next(1, offer.MostBlocks + 1);
        var done = Assert.IsType<ConversionResult.Converted>(
            await Shop.Get<TimeToPoints>().ConvertAsync(who.Id, blocks, offer.Points(blocks), Codes.New(26), Cancel));
        Assert.Equal(offer.UntilAfter(blocks), (await Shop.MembershipAsync(who.Id)).Until);
        points[who.Id] += done.Points;
        totals.Converted += done.Points;
        return $"{who.Name} turns {blocks} blocks into {done.Points} points";
    }

    private async Task<string> TakeBackAsync()
    {
        if (given.Count == 0)
        {
            return "nothing to take back";
        }

        var gone = given[random.Next(given.Count)];
        var result = await Shop.Get<Writes>().RunAsync(
            (unit, token) => Shop.Get<ItemKinds>().Get(gone.Kind).RevokeAsync(unit.Db, gone.Delivery, gone.Recipient, Shop.Clock.GetUtcNow(), "test", token), Cancel);
        if (result is RevokeResult.Revoked)
        {
            given.Remove(gone);
            points[gone.Recipient] -= gone.Points;
            totals.TakenBack += gone.Points;
        }

        return $"{gone} is taken back: {result}";
    }

    /// <summary>What everybody can spend, and what is held for payments by all together.</summary>
    private Task<(Dictionary<long, long> Points, long Held)> BalancesAsync() => Shop.ReadAsync(async db =>
    {
        var all = await db.LedgerAccounts.Join(db.AccountBalances, a => a.Id, b => b.AccountId, (a, b) => new { a.Code, b.Balance })
            .ToDictionaryAsync(a => a.Code, a => a.Balance, Cancel);
        return (
            people.ToDictionary(p => p.Id, p => all.GetValueOrDefault(PointsAccounts.Of(p.Id).Code)),
            people.Sum(p => all.GetValueOrDefault(PointsAccounts.HeldOf(p.Id).Code)));
    });

    private Person Pick() => Pick(people);

    private T Pick<T>(IReadOnlyList<T> from) => from[random.Next(from.Count)];

    private static string Words(Dictionary<long, long> balances) => string.Join(' ', balances.OrderBy(b => b.Key).Select(b => $"{b.Key}:{b.Value}"));

    /// <summary>Something that was delivered; of points, how many.</summary>
    private sealed record Given(long Delivery, string Kind, long Recipient, long Points);

    private sealed record Totals
    {
        public long Granted { get; set; }

        public long Bought { get; set; }

        public long Converted { get; set; }

        public long Spent { get; set; }

        public long TakenBack { get; set; }

        public long Moved { get; set; }

        public long Claimed { get; set; }

        public long PaidMinor { get; set; }

        public long Left => Granted + Bought + Converted - Spent - TakenBack;
    }
}

public sealed class ShopHistoryTests_Sqlite(SqliteDatabase database) : ShopHistoryTests(database), IClassFixture<SqliteDatabase>;

public sealed class ShopHistoryTests_Postgres(PostgresDatabase database) : ShopHistoryTests(database), IClassFixture<PostgresDatabase>;
