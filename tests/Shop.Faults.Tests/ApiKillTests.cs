using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Shop.Core;
using Shop.TestKit;

namespace Shop.Faults.Tests;

/// <summary>The call of a seller's that the shop dies in.</summary>
public enum ApiStep { Payment, Subscription, Transaction, Charge }

/// <summary>
/// The shop kills itself in a call of the sellers' interface: when only the key of the request is written, around what the call does, before its answer is kept, and before
/// the seller hears it. Whatever the moment, the seller sends the same again under the same key and gets the answer that was missing; the buyer is charged once.
/// </summary>
public abstract class ApiKillTests(TestDatabase database) : KilledPurchaseTests(database, webhooks: false)
{
    private const string KeyIsWritten = "K19";
    private const string IsDone = "K20";
    private const string AnswerIsKept = "K21";

    /// <summary>Null: the usual run.</summary>
    private static readonly int? Rounds = Numbers.Of("SHOP_KILLS");

    /// <summary>Call, point, and whether the bank has taken money by then that our books do not know.</summary>
    public static TheoryData<ApiStep, string, bool> Kills { get; } = Rounds is null ? Usual : Matrix;

    // a second passing is of the confirmation: the first made the payment, which moves nothing
    private static TheoryData<ApiStep, string, bool> Usual => new()
    {
        { ApiStep.Subscription, IsDone, false },
        { ApiStep.Charge, "K3", false },
        { ApiStep.Charge, "K3:2", true },
        { ApiStep.Charge, "K6", false },
        { ApiStep.Charge, IsDone, false },
        { ApiStep.Charge, AnswerIsKept, false },
    };

    private static TheoryData<ApiStep, string, bool> Matrix
    {
        get
        {
            var all = new TheoryData<ApiStep, string, bool>();
            foreach (var step in Enum.GetValues<ApiStep>())
            {
                foreach (var point in new[] { KeyIsWritten, IsDone, AnswerIsKept })
                {
                    all.Add(step, point, false);
                }
            }

            all.Add(ApiStep.Payment, "K3", false);
            all.Add(ApiStep.Transaction, "K1", false);
            foreach (var (point, isOnlyThere) in new[] { ("K2", false), ("K3", false), ("K2:2", false), ("K3:2", true), ("K4", true), ("K5", true), ("K6", false) })
            {
                all.Add(ApiStep.Charge, point, isOnlyThere);
            }

            return all;
        }
    }

    [Theory(Timeout = 3_600_000)]
    [MemberData(nameof(Kills))]
    public async Task MZ_17_MF_3_KilledInACall_TheSameKeyBringsItsAnswer_AndOneCharge(ApiStep step, string point, bool isOnlyThere)
    {
        for (var round = 0; round < (Rounds ?? 1); round++)
        {
            await KilledAsync(step, point, isOnlyThere);
        }
    }

    private async Task KilledAsync(ApiStep step, string point, bool isOnlyThere)
    {
        var seller = await SellerAsync();
        var buyer = (await seller.PostAsync("/buyer", new { uuid = Codes.New(12) })).Id;
        var token = (await seller.PostAsync("/provider/tokenized-payment-method", new { buyer })).Text("token");
        await Site.WorkAsync(Cancel, Shop);

        var payment = (await CallAsync(ApiStep.Payment, "/payment", new { buyer, token })).Id;
        var subscription = (await CallAsync(ApiStep.Subscription, "/subscription", new { buyer, product = seller.Product, payment })).Id;
        var transaction = (await CallAsync(ApiStep.Transaction, "/transaction", new { subscription })).Id;
        var charged = await CallAsync(ApiStep.Charge, "/provider/charge-subscription", new { transaction });
        Assert.Equal((transaction, "succeeded"), (charged.Id, charged.Text("state")));

        await Site.WorkAsync(Cancel, Shop);
        await OnceAsync(seller, buyer, Guid.ParseExact(transaction, "N"));

        async Task<Said> CallAsync(ApiStep now, string path, object body)
        {
            var key = Codes.New(16);
            if (now == step)
            {
                await DieAsync(() => seller.PostAsync(path, body, key), point, isOnlyThere);
                await Shop.StartAsync(Cancel);
                if (point != AnswerIsKept)
                {
                    // as long as it could still be under way, nobody else does it
                    Assert.Equal(409, (await seller.PostAsync(path, body, key)).Status);
                    await Site.WorkAsync(Cancel, Shop);
                    await Site.MoveAsync(TimeSpan.FromMinutes(3), Cancel);
                }
            }

            var answer = await seller.PostAsync(path, body, key);
            Assert.True(answer.Status is 200 or 201, $"{path}: {answer.Body}");
            Assert.Equal(now == step && point == AnswerIsKept, answer.IsReplayed);
            var again = await seller.PostAsync(path, body, key);
            Assert.Equal((answer.Status, answer.Body.ToString(), true), (again.Status, again.Body.ToString(), again.IsReplayed));
            return answer;
        }
    }

    /// <summary>Sees the process end there and nowhere else, and where the bank's books and ours then differ.</summary>
    private async Task DieAsync(Func<Task<Said>> call, string point, bool isOnlyThere)
    {
        Shop.Arm(point);
        await Assert.ThrowsAsync<HttpRequestException>(call);
        Assert.Equal(Node.Killed, await Shop.Process.EndAsync(Cancel));
        Assert.Contains($"Killed at {point.Split(':')[0]}", Shop.Process.Lines);
        Assert.Equal(isOnlyThere ? 1 : 0, (await Site.DifferencesAsync(Cancel)).Count);
    }

    /// <summary>One of everything: method, subscription, order, transaction, charge and what was bought; healthy books, and the bank's are the same.</summary>
    private async Task OnceAsync(SellerProgram seller, string buyer, Guid transaction)
    {
        var (subscriptions, attempts, methods, entitlements, orders) = await Site.ReadAsync(async db =>
        {
            var member = await db.SellerBuyers.Where(b => b.Handle == buyer).Select(b => b.MemberId).SingleAsync(Cancel);
            var o = await db.Orders.AsNoTracking().Where(x => x.BuyerId == member).ToListAsync(Cancel);
            var ids = o.Select(x => x.Id).ToList();
            return (
                await db.Subscriptions.AsNoTracking().Where(s => s.MemberId == member).ToListAsync(Cancel),
                await db.PaymentAttempts.AsNoTracking().Where(a => ids.Contains(a.OrderId)).ToListAsync(Cancel),
                await db.StoredMethods.CountAsync(m => m.MemberId == member, Cancel),
                await db.Entitlements.CountAsync(e => e.MemberId == member, Cancel),
                o);
        });
        Assert.Equal(SubscriptionState.Active, Assert.Single(subscriptions).State);
        Assert.Equal(OrderState.Fulfilled, Assert.Single(orders).State);
        var attempt = Assert.Single(attempts);
        Assert.Equal((transaction, AttemptState.Captured), (attempt.Id, attempt.State));
        Assert.Single(await Site.ChargesAsync(transaction, Cancel));
        Assert.Equal((1, 1), (methods, entitlements));
        Assert.Single((await seller.GetAsync($"/transaction?buyer={buyer}")).Body.GetProperty("objects").EnumerateArray());
        Assert.Empty(await Site.DifferencesAsync(Cancel));
        await Site.CheckAsync(Cancel);
    }

    /// <summary>A seller with one recurring product and a key, as its desk would make it.</summary>
    private async Task<SellerProgram> SellerAsync()
    {
        var (prefix, product, now) = (Codes.New(10), "club-" + Codes.New(8), Site.Clock.GetUtcNow());
        var key = $"ds_{prefix}_{Codes.New(32)}";
        await using var db = Site.Database.NewContext();
        var staff = await db.Users.Where(m => m.UserName == "admin").Select(m => m.Id).SingleAsync(Cancel);
        var seller = new Seller { Handle = "seller-" + Codes.New(8), Name = "Moon Wiki", Contact = "help@moon.example", EmbedKey = Codes.New(20), MadeBy = staff, MadeAt = now };
        db.Sellers.Add(seller);
        await db.SaveChangesAsync(Cancel);
        db.SellerKeys.Add(new SellerKey
        {
            SellerId = seller.Id, Prefix = prefix, Hash = Codes.Hash(key), MadeAt = now, MadeBy = staff,
            Scopes = KeyScopes.Read | KeyScopes.Buyers | KeyScopes.Methods | KeyScopes.Subscriptions | KeyScopes.Charges,
        });
        db.SellerProducts.Add(new SellerProduct
        {
            SellerId = seller.Id, Code = product, Title = "Gold", Sale = SellerSale.Recurring, Pricing = SellerPricing.Fixed, AmountMinor = 500, Currency = "USD", Months = 1,
            SignIn = SellerSignIn.Account, OnSale = true, MadeAt = now,
        });
        await db.SaveChangesAsync(Cancel);
        return new SellerProgram(Site.Visitor().Visitor.Http, key, product);
    }

    private sealed record Said(int Status, JsonElement Body, bool IsReplayed)
    {
        public string Id => Text("id");

        public string Text(string name) => Body.GetProperty(name).GetString()!;
    }

    /// <summary>A program of a seller's, with its key.</summary>
    private sealed record SellerProgram(HttpClient Http, string Key, string Product)
    {
        private const string Base = "/api/v1";

        public Task<Said> GetAsync(string address) => SendAsync(new HttpRequestMessage(HttpMethod.Get, Base + address));

        public Task<Said> PostAsync(string path, object body, string? key = null)
        {
            var request = new HttpRequestMessage(HttpMethod.Post, Base + path) { Content = JsonContent.Create(body, body.GetType()) };
            request.Headers.Add("Idempotency-Key", key ?? Codes.New(16));
            return SendAsync(request);
        }

        private async Task<Said> SendAsync(HttpRequestMessage request)
        {
            using (request)
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Key);
                using var response = await Http.SendAsync(request, Cancel);
                return new Said((int)response.StatusCode, (await response.Content.ReadFromJsonAsync<JsonElement>(Cancel)).Clone(), response.Headers.Contains("Idempotency-Replayed"));
            }
        }
    }
}

public sealed class ApiKillTests_Sqlite(SqliteDatabase database) : ApiKillTests(database), IClassFixture<SqliteDatabase>;

public sealed class ApiKillTests_Postgres(PostgresDatabase database) : ApiKillTests(database), IClassFixture<PostgresDatabase>;
