using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.Core;
using Shop.TestKit;
using Shop.Web.Tests.Api;
using Shop.Web.Tests.Buying;

namespace Shop.Web.Tests.Subscribing;

/// <summary>A renewal that was not paid, of a seller's buyer who has no account to sign in to: the mailed link alone sets it right, and opens nothing else.</summary>
public abstract class FixByLinkTests(TestDatabase database) : BuyingTests(database)
{
    private sealed record Failed(SellerProgram Seller, string Buyer, string Subscription, string Card, string Fix, SentMail Mail)
    {
        public string Order { get; init; } = "";
    }

    /// <summary>A subscription that its seller began, and whose renewal the bank has refused.</summary>
    private async Task<Failed> FailedAsync(string card = "declined")
    {
        var (seller, address) = (await SellerProgram.OpenAsync(Shop, Cancel), $"ann-{Codes.New(8)}@example.org");
        var buyer = (await seller.PostAsync("/buyer", new { uuid = Codes.New(12), email = address })).Id;
        var subscription = await seller.BeginAsync(buyer, await seller.ProductAsync(Shop));
        Assert.Equal("succeeded", (await seller.ChargeAsync(subscription)).Text("state"));
        var other = await seller.CardAsync(buyer, card);
        Assert.Equal(200, (await seller.PatchAsync($"/subscription/{subscription}", new { payment = other })).Status);
        var now = Now;
        await WriteAsync((db, token) => db.Subscriptions.Where(s => s.Handle == subscription).ExecuteUpdateAsync(set => set.SetProperty(s => s.DueAt, now), token));
        var id = await ReadAsync(db => db.Subscriptions.Where(s => s.Handle == subscription).Select(s => s.Id).SingleAsync(Cancel));
        await Shop.Services.GetRequiredService<Renewals>().RenewAsync(id, Cancel);
        var mail = Assert.Single(await MailsAsync(address), m => m.Subject.StartsWith("Your subscription could not be renewed", StringComparison.Ordinal));
        return new Failed(seller, buyer, subscription, other, new Uri(mail.Link).AbsolutePath, mail)
        {
            Order = await ReadAsync(db => db.SubscriptionPeriods.Where(p => p.SubscriptionId == id && p.Number == 2).Join(db.Orders, p => p.OrderId, o => o.Id, (_, o) => o.Number).SingleAsync(Cancel)),
        };
    }

    private async Task<string?> StateAsync(Failed failed) => (await failed.Seller.GetAsync($"/api/v1/subscription?buyer={failed.Buyer}")).Body.GetProperty("objects")[0].GetProperty("state").GetString();

    private Task<int> ChargesAsync(Failed failed) =>
        ReadAsync(db => db.PaymentAttempts.CountAsync(a => a.State == AttemptState.Captured && db.Orders.Any(o => o.Id == a.OrderId && o.Number == failed.Order), Cancel));

    /// <summary>The kept method of the buyer that its subscription is not charged by, as a form names it.</summary>
    private Task<string> OtherAsync(Failed failed) => ReadAsync(async db =>
    {
        var subscription = await db.Subscriptions.AsNoTracking().SingleAsync(s => s.Handle == failed.Subscription, Cancel);
        return "saved:" + await db.StoredMethods.Where(m => m.MemberId == subscription.MemberId && m.Id != subscription.MethodId).Select(m => m.Handle).SingleAsync(Cancel);
    });

    [Fact]
    public async Task MZ_31_ByTheLinkAlone_TheSubscriptionsOwnMethodAndANewOneAreOffered_AndNothingElse()
    {
        var failed = await FailedAsync();
        var page = await Shop.NewVisitor().GetAsync(failed.Fix);
        Assert.Contains("0002", page.Text("fix-same"), StringComparison.Ordinal);
        Assert.Equal(("$5.00", 1, 0), (page.Text("fix-amount"), page.All("fix-new").Count, page.All("fix-other").Count));
        Assert.DoesNotContain("4242", page.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("/account/", page.Main(), StringComparison.Ordinal);
        Assert.Equal("no-referrer", page.Response.Headers.GetValues("Referrer-Policy").Single());
        foreach (var nothing in new[] { "/account/", "buyer-" })
        {
            Assert.DoesNotContain(nothing, failed.Mail.Text, StringComparison.Ordinal); // nobody could sign in there, and the name is nobody's
        }
    }

    [Fact]
    public async Task MZ_31_SameMethod_IsTriedAgain_AndIsDeclinedWhereItIsAskedFor()
    {
        var (failed, visitor) = (await FailedAsync(), Shop.NewVisitor());
        var again = await visitor.SubmitAsync(await visitor.GetAsync(failed.Fix));
        Assert.Equal($"/checkout/{failed.Order}/pay", again.Address.AbsolutePath); // no token in it
        Assert.Contains("declined", again.Error, StringComparison.Ordinal);
        Assert.Empty(again.All("saved-method"));
        Assert.Equal(0, await ChargesAsync(failed));
    }

    [Fact]
    public async Task MZ_31_SameMethod_PaysAtOnce_WhenTheBankAgrees()
    {
        var (failed, visitor) = (await FailedAsync(), Shop.NewVisitor());
        Assert.Equal(200, (await failed.Seller.PatchAsync($"/subscription/{failed.Subscription}", new { payment = await failed.Seller.CardAsync(failed.Buyer) })).Status);
        var receipt = await visitor.SubmitAsync(await visitor.GetAsync(failed.Fix));
        Assert.Equal("fulfilled", receipt.Find("order-state")?.GetAttribute("data-state"));
        Assert.Equal(("active", 1), (await StateAsync(failed), await ChargesAsync(failed)));
        Assert.Null((await visitor.GetAsync(failed.Fix)).Find("fix-pay"));
    }

    [Fact]
    public async Task MZ_33_NewMethod_IsEnteredAtTheBank_Pays_AndIsChargedFromThenOn()
    {
        var (failed, visitor) = (await FailedAsync(), Shop.NewVisitor());
        var bank = await visitor.SubmitAsync(await visitor.GetAsync(failed.Fix), ("Way", "sandbox"));
        var receipt = await visitor.SubmitAsync(bank, "main form", "ok", ("card", "ok"));
        Assert.Equal("fulfilled", receipt.Find("order-state")?.GetAttribute("data-state"));
        Assert.Equal(("active", 1), (await StateAsync(failed), await ChargesAsync(failed)));
        var last4 = await ReadAsync(db => db.Subscriptions.Where(s => s.Handle == failed.Subscription).Join(db.StoredMethods, s => s.MethodId, m => m.Id, (_, m) => m.Last4).SingleAsync(Cancel));
        Assert.Equal("4242", last4);
    }

    [Fact]
    public async Task ST_28_BankThatAsks_IsAnsweredThroughTheLink()
    {
        var (failed, visitor) = (await FailedAsync("authenticate"), Shop.NewVisitor());
        var receipt = await visitor.PressAsync(await visitor.SubmitAsync(await visitor.GetAsync(failed.Fix)), "passed");
        Assert.Equal("fulfilled", receipt.Find("order-state")?.GetAttribute("data-state"));
    }

    [Fact]
    public async Task MZ_67_AnotherKeptMethod_IsNotChargedByTheLinkAlone_OnEitherPage()
    {
        var (failed, visitor) = (await FailedAsync(), Shop.NewVisitor());
        var (page, other) = (await visitor.GetAsync(failed.Fix), await OtherAsync(failed));
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.SubmitAsync(page, ("Way", other))).Status);
        var pay = await visitor.SubmitAsync(page); // declined: the pay page offers other ways
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.SubmitAsync(pay, ("Provider", other))).Status);
        Assert.Equal(0, await ChargesAsync(failed));
    }

    [Fact]
    public async Task S01_WithoutTheLink_OrWithAnothers_TheOrderIsNotThere()
    {
        var (failed, foreign, visitor) = (await FailedAsync(), await FailedAsync(), Shop.NewVisitor());
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.GetAsync($"/checkout/{failed.Order}/pay")).Status);
        await visitor.SubmitAsync(await visitor.GetAsync(foreign.Fix));
        Assert.Equal(HttpStatusCode.OK, (await visitor.GetAsync($"/checkout/{foreign.Order}/pay")).Status);
        foreach (var address in new[] { $"/checkout/{failed.Order}/pay", $"/checkout/{failed.Order}/return", $"/orders/{failed.Order}", failed.Fix + "x" })
        {
            Assert.Equal(HttpStatusCode.NotFound, (await visitor.GetAsync(address)).Status);
        }
    }

    [Fact]
    public async Task OpeningTheLink_ChangesNothing_AndGivesNoSession()
    {
        var (failed, visitor) = (await FailedAsync(), Shop.NewVisitor());
        await visitor.GetAsync(failed.Fix);
        Assert.Equal((HttpStatusCode.NotFound, 1), (
            (await visitor.GetAsync($"/checkout/{failed.Order}/pay")).Status,
            await ReadAsync(db => db.PaymentAttempts.CountAsync(a => db.Orders.Any(o => o.Id == a.OrderId && o.Number == failed.Order), Cancel))));
    }

    [Fact]
    public async Task MZ_67_OnceTheBuyerHasAnAccount_TheLinkAloneOpensNothingMore()
    {
        var (failed, visitor) = (await FailedAsync(), Shop.NewVisitor());
        await visitor.SubmitAsync(await visitor.GetAsync(failed.Fix)); // a session from before
        var page = await Shop.NewVisitor().GetAsync(failed.Fix);
        var (owner, name) = await MemberAsync();
        var buyer = await ReadAsync(db => db.SellerBuyers.Where(b => b.Handle == failed.Buyer).Select(b => b.Id).SingleAsync(Cancel));
        Assert.Equal(TieResult.Tied, await TieAsync(buyer, await IdAsync(name)));

        var now = await visitor.GetAsync(failed.Fix);
        Assert.Equal((null, null), (now.Find("fix-pay"), now.Find("fix-same")));
        Assert.DoesNotContain("0002", now.Body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.GetAsync($"/checkout/{failed.Order}/pay")).Status);
        Assert.Equal("/account/login", (await visitor.SendAsync(page.Submission("main form", null, [("Way", "sandbox"), ("__RequestVerificationToken", (await visitor.GetAsync("/receipts")).Value("__RequestVerificationToken")!)]))).Address.AbsolutePath);
        Assert.NotNull((await owner.GetAsync(failed.Fix)).Find("fix-same"));
        Assert.Equal(0, await ChargesAsync(failed));
    }

    [Fact]
    public async Task SomebodySignedIn_PaysByTheLinkToo_AndWithNothingOfTheirOwn()
    {
        var failed = await FailedAsync();
        var (visitor, _) = await MemberAsync();
        await visitor.AddAsync("paid1");
        var bank = await visitor.SubmitAsync(await visitor.GetAsync("/checkout"), ("Provider", "sandbox"), ("Save", "true"));
        await visitor.SubmitAsync(bank, "main form", "ok", ("card", "ok"));
        var page = await visitor.GetAsync(failed.Fix);
        Assert.Empty(page.All("fix-other"));
        var pay = await visitor.SubmitAsync(page);
        Assert.Contains("declined", pay.Error, StringComparison.Ordinal);
        Assert.Empty(pay.All("saved-method"));
    }
}

public sealed class FixByLinkTests_Sqlite(SqliteDatabase database) : FixByLinkTests(database), IClassFixture<SqliteDatabase>;

public sealed class FixByLinkTests_Postgres(PostgresDatabase database) : FixByLinkTests(database), IClassFixture<PostgresDatabase>;
