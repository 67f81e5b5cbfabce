using Microsoft.EntityFrameworkCore;
using Shop.TestKit;

namespace Shop.Faults.Tests;

/// <summary>Which request of the buyer's the shop dies in.</summary>
public enum Paying
{
    /// <summary>The checkout is confirmed: the payment is created there, and moves nothing.</summary>
    Placing,

    /// <summary>The buyer has paid, or agreed, on the provider's page and comes back: PayPal's money is taken now.</summary>
    Returning,

    /// <summary>One click with a kept card or wallet: created, its id stored, confirmed by that id, recorded.</summary>
    OneClick,
}

/// <summary>
/// The shop kills itself around each step of a payment at Stripe and at PayPal (P01, G2): create, store the id, confirm, record. The simulator that plays them is a process
/// of its own and lives on, and says nothing unasked. Started again and left to its janitor, the shop has charged once, delivered once and told once, and its books are
/// the providers'.
/// </summary>
public abstract class ProviderKillTests(TestDatabase database) : KilledPurchaseTests(database, webhooks: false, isPlayed: true)
{
    /// <summary>Null: the usual run, one kill for each provider, where its money has just moved and nobody has noted it.</summary>
    private static readonly int? Rounds = Numbers.Of("SHOP_KILLS");

    /// <summary>Provider, request, point, whether the provider has the money by then, and whether the buyer must come again because nothing can have been paid.</summary>
    public static TheoryData<string, Paying, string, bool, bool> Kills { get; } = Rounds is null ? Usual : Matrix;

    private static TheoryData<string, Paying, string, bool, bool> Usual => new()
    {
        { "stripe", Paying.OneClick, "K3:2", true, false },
        { "paypal", Paying.Returning, "K3", true, false },
    };

    private static TheoryData<string, Paying, string, bool, bool> Matrix
    {
        get
        {
            var all = new TheoryData<string, Paying, string, bool, bool>();
            foreach (var provider in new[] { "stripe", "paypal" })
            {
                foreach (var point in new[] { "K1", "K2", "K3", "K4" })
                {
                    all.Add(provider, Paying.Placing, point, false, true);
                }

                foreach (var point in new[] { "K4", "K5", "K6" })
                {
                    all.Add(provider, Paying.Returning, point, true, false);
                    all.Add(provider, Paying.OneClick, point, true, false);
                }

                // the second passings are of the confirmation; at PayPal nothing is found without the id, and the same key brings the same order again
                all.Add(provider, Paying.OneClick, "K1", false, true);
                all.Add(provider, Paying.OneClick, "K2", false, true);
                all.Add(provider, Paying.OneClick, "K3", false, provider == "paypal");
                all.Add(provider, Paying.OneClick, "K2:2", false, false);
                all.Add(provider, Paying.OneClick, "K3:2", true, false);
            }

            // what Stripe takes the buyer gives on its page; PayPal's is taken on the way back
            all.Add("paypal", Paying.Returning, "K2", false, false);
            all.Add("paypal", Paying.Returning, "K3", true, false);
            return all;
        }
    }

    [Theory(Timeout = 3_600_000)]
    [MemberData(nameof(Kills))]
    public async Task P01_KilledAroundAMoneyStep_TakesOnceDeliversOnceAndTellsOnce(string provider, Paying request, string point, bool isTaken, bool comesAgain)
    {
        for (var round = 0; round < (Rounds ?? 1); round++)
        {
            var buyer = await Site.RegisterAsync();
            if (request == Paying.OneClick)
            {
                await buyer.KeepAsync(provider);
            }

            await buyer.Visitor.AddAsync("paid1");
            await Site.WorkAsync(Cancel, Shop);
            await DieAsync(provider, request, point, buyer);

            // the books differ where money has moved and could not be noted, and nowhere else
            var isOnlyThere = isTaken && point != "K6";
            Assert.Equal(isOnlyThere ? 1 : 0, (await Site.DifferencesAsync(Cancel)).Count);

            await Shop.StartAsync(Cancel);
            await RecoverAsync();
            Assert.Equal(comesAgain, !await IsPaidAsync(buyer));
            if (comesAgain)
            {
                var page = request == Paying.OneClick ? await buyer.Visitor.PlaceAsync() : await buyer.PayAsync(await buyer.PlaceAsync(provider), provider);
                Assert.Equal("fulfilled", page.Find("order-state")?.GetAttribute("data-state"));
            }

            await Site.WorkAsync(Cancel, Shop);
            await ConvergedAsync(buyer, 1);
        }
    }

    /// <summary>Buys up to the moment, and sees the process end there and nowhere else.</summary>
    private async Task DieAsync(string provider, Paying request, string point, Buyer buyer)
    {
        if (request == Paying.Returning)
        {
            var theirs = await buyer.PlaceAsync(provider);
            Shop.Arm(point);
            await Assert.ThrowsAsync<HttpRequestException>(() => buyer.PayAsync(theirs, provider));
        }
        else
        {
            var checkout = await buyer.Visitor.GetAsync("/checkout");
            Shop.Arm(point);
            await Assert.ThrowsAsync<HttpRequestException>(() => request == Paying.OneClick
                ? buyer.Visitor.SubmitAsync(checkout)
                : buyer.Visitor.SubmitAsync(checkout, ("Provider", provider)));
        }

        Assert.Equal(Node.Killed, await Shop.Process.EndAsync(Cancel));
        Assert.Contains($"Killed at {point.Split(':')[0]}", Shop.Process.Lines);
    }

    // whoever found it may still be delivering
    private Task<bool> IsPaidAsync(Buyer buyer) => Site.ReadAsync(db =>
        db.Orders.AnyAsync(o => o.PaidAt != null && db.Users.Any(m => m.Id == o.BuyerId && m.UserName == buyer.Name), Cancel));
}

public sealed class ProviderKillTests_Sqlite(SqliteDatabase database) : ProviderKillTests(database), IClassFixture<SqliteDatabase>;

public sealed class ProviderKillTests_Postgres(PostgresDatabase database) : ProviderKillTests(database), IClassFixture<PostgresDatabase>;
