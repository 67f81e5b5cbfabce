using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.Core;
using Shop.TestKit;
using Shop.Web.Tests.Buying;

namespace Shop.Web.Tests.Subscribing;

/// <summary>Subscriptions as their payer meets them, at the sandbox's bank: bought, looked at, cancelled, and set right when a renewal is not paid.</summary>
public abstract class SubscriptionPageTests(TestDatabase database) : BuyingTests(database)
{
    /// <summary>A member who buys a month that renews, with this kind of card.</summary>
    private async Task<(Visitor Visitor, string Name, string Handle)> SubscriberAsync(string card = "ok")
    {
        var (visitor, name) = await MemberAsync();
        await visitor.AddAsync("paid1", ("Renew", "true"));
        var receipt = await visitor.SubmitAsync(await visitor.PlaceAsync(), "main form", "ok", ("card", card));
        Assert.Equal("fulfilled", receipt.Find("order-state")?.GetAttribute("data-state"));
        var id = await IdAsync(name);
        return (visitor, name, await ReadAsync(db => db.Subscriptions.Where(s => s.MemberId == id).Select(s => s.Handle).SingleAsync(Cancel)));
    }

    /// <summary>The renewal is due now, whatever the clock says, and the scheduler comes.</summary>
    private async Task RenewAsync(string handle)
    {
        var now = Now;
        await WriteAsync((db, token) => db.Subscriptions.Where(s => s.Handle == handle).ExecuteUpdateAsync(set => set.SetProperty(s => s.DueAt, now), token));
        var id = await ReadAsync(db => db.Subscriptions.Where(s => s.Handle == handle).Select(s => s.Id).SingleAsync(Cancel));
        await Shop.Services.GetRequiredService<Renewals>().RenewAsync(id, Cancel);
    }

    private async Task<(Visitor Visitor, string Name, string Handle, string Fix)> FailedAsync(string card)
    {
        var (visitor, name, handle) = await SubscriberAsync(card);
        await RenewAsync(handle);
        return (visitor, name, handle, (await visitor.GetAsync("/account/subscriptions")).Find("subscription-fix")!.GetAttribute("href")!);
    }

    private static string Page(string handle) => $"/account/subscriptions/{handle}";

    [Fact]
    public async Task Renew_IsOfferedUntickedAndSaysWhatIsChargedWhen()
    {
        var (visitor, _) = await MemberAsync();
        var product = await visitor.GetAsync("/shop/paid1");
        var tick = product.Document.QuerySelector("#Renew")!;
        Assert.Equal(("checkbox", false), (tick.GetAttribute("type"), tick.HasAttribute("checked")));
        Assert.Null((await visitor.GetAsync("/shop/paid2")).Document.QuerySelector("#Renew"));
        Assert.Null((await Shop.NewVisitor().GetAsync("/shop/paid1")).Document.QuerySelector("#Renew"));
        await visitor.AddAsync("paid1", ("Renew", "true"));
        Assert.StartsWith("$3.00 every month, next on", (await visitor.GetAsync("/cart")).Text("line-renews"), StringComparison.Ordinal);
        var checkout = await visitor.GetAsync("/checkout");
        Assert.Contains("$3.00 every month, next on", checkout.Text("renewals"), StringComparison.Ordinal);
        Assert.Contains("agree that the payment method is kept and charged", checkout.Text("renewals"), StringComparison.Ordinal);
        Assert.Null(checkout.Find("save-card"));
    }

    [Fact]
    public async Task MZ_59_List_HasSellerPriceNextDateMethodAndAWayToCancel()
    {
        var (visitor, _, handle) = await SubscriberAsync();
        var page = await visitor.GetAsync("/account/subscriptions");
        var row = Assert.Single(page.All("subscription"));
        Assert.Equal("active", row.GetAttribute("data-state"));
        Assert.Equal("$3.00 every month", page.Text("subscription-price"));
        Assert.StartsWith("$3.00 on ", page.Text("subscription-next"), StringComparison.Ordinal);
        Assert.Equal("Visa ending in 4242, expires 12/2028", page.Text("subscription-method"));
        Assert.Equal(HttpStatusCode.OK, (await visitor.GetAsync(Page(handle) + "/cancel")).Status);
        Assert.Contains("/account/subscriptions", page.Document.QuerySelector("nav .sections a[aria-current=page]")!.GetAttribute("href"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task MZ_27_MF_9_Receipt_SaysTheNextPaymentAndIsNoNewSubscriptionLater()
    {
        var (_, name, handle) = await SubscriberAsync();
        var first = Assert.Single(await MailsAsync(Address(name)));
        Assert.Contains("Next payment: $3.00 on ", first.Text, StringComparison.Ordinal);
        Assert.Contains("Next payment: $3.00 on ", first.Html, StringComparison.Ordinal);
        await RenewAsync(handle);
        var second = (await MailsAsync(Address(name)))[^1];
        Assert.StartsWith("Your receipt", second.Subject, StringComparison.Ordinal);
        Assert.DoesNotContain("new subscription", second.Text, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Next payment: $3.00 on ", second.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MZ_36_MZ_37_MZ_38_MZ_39_CancelScreen_SaysWhatWillHappenInTheseWords()
    {
        var (visitor, _, handle) = await SubscriberAsync();
        var page = await visitor.GetAsync(Page(handle) + "/cancel");
        Assert.Contains("payment method is not going to be charged again", page.Text("not-charged"), StringComparison.Ordinal);
        Assert.Matches("^Your subscription will be valid until .+20[0-9]{2}", page.Text("valid-until"));
        Assert.Equal("Your subscription will instantly terminate", page.Text("terminates"));
        Assert.Equal(("Keep my subscription", "Cancel"), (page.Text("keep"), page.Text("cancel")));
        Assert.Equal(Page(handle), page.Find("keep")!.GetAttribute("href"));
        Assert.Equal("active", Words.OfState(await visitor.GetAsync("/account/subscriptions"))); // keeping, and looking, change nothing
    }

    [Fact]
    public async Task MF_1_MZ_34_Cancel_AndTakeBack_WithoutAMail()
    {
        var (visitor, name, handle) = await SubscriberAsync();
        await MailsAsync(Address(name));
        var done = await visitor.SubmitAsync(await visitor.GetAsync(Page(handle) + "/cancel"));
        Assert.Contains("Your subscription will be valid until", done.News, StringComparison.Ordinal);
        Assert.Equal("Cancelled", done.Text("subscription-state"));
        Assert.NotNull(done.Find("subscription-cancelled"));
        var back = await visitor.SubmitAsync(done, "form[action*=TakeBack]", null);
        Assert.Contains("Nothing was charged", back.News, StringComparison.Ordinal);
        Assert.Null(back.Find("subscription-cancelled")); // MF-19
        Assert.Single(await MailsAsync(Address(name)));
    }

    [Fact]
    public async Task MZ_38_CancelledNow_IsOver()
    {
        var (visitor, _, handle) = await SubscriberAsync();
        var done = await visitor.SubmitAsync(await visitor.GetAsync(Page(handle) + "/cancel"), ("When", "now"));
        Assert.Equal("Over", done.Text("subscription-state"));
        Assert.Equal(Page(handle), (await visitor.GetAsync(Page(handle) + "/cancel")).Address.AbsolutePath);
    }

    [Fact]
    public async Task Plan_PauseAndResume_WorkWithoutScript()
    {
        var (visitor, _, handle) = await SubscriberAsync();
        var changed = await visitor.SubmitAsync(await visitor.GetAsync(Page(handle)), "form[action*=Plan]", null, ("Plan", "paid12"));
        Assert.Contains("$25.00 every 12 months", changed.Text("subscription-next"), StringComparison.Ordinal);
        IsWrong(await visitor.SubmitAsync(changed, "form[action*=Plan]", null, ("Plan", "prem12")), "Plan", "choose one of the plans");
        var paused = await visitor.SubmitAsync(await visitor.GetAsync(Page(handle)), "form[action*=Pause]", null);
        Assert.Equal(("Paused", null), (paused.Text("subscription-state"), paused.Text("subscription-next")));
        Assert.Equal("It renews", (await visitor.SubmitAsync(paused, "form[action*=Resume]", null)).Text("subscription-state"));
    }

    [Fact]
    public async Task S01_SomebodyElses_IsNotThere()
    {
        var (_, _, handle) = await SubscriberAsync();
        var (stranger, _) = await MemberAsync();
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), ((await stranger.GetAsync(Page(handle))).Status, (await stranger.GetAsync(Page(handle) + "/cancel")).Status));
        foreach (var handler in new[] { "Method", "Plan", "Pause", "Resume", "TakeBack" })
        {
            Assert.NotEqual(HttpStatusCode.OK, (await PostAsync(stranger, $"{Page(handle)}?handler={handler}", ("Plan", "paid12"))).Status);
        }

        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(stranger, Page(handle) + "/cancel", ("When", "now"))).Status);
        Assert.Equal(SubscriptionState.Active, await ReadAsync(db => db.Subscriptions.Where(s => s.Handle == handle).Select(s => s.State).SingleAsync(Cancel)));
    }

    [Fact]
    public async Task MZ_30_MF_7_FailedRenewal_MailHasNameAmountMethodAndARealLink()
    {
        var (_, name, _, fix) = await FailedAsync("declined");
        var mail = Assert.Single(await MailsAsync(Address(name)), m => m.Subject.StartsWith("Your subscription could not be renewed", StringComparison.Ordinal));
        foreach (var part in new[] { mail.Text, WebUtility.HtmlDecode(mail.Html) })
        {
            Assert.Contains("1 month of paid time", part, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("$3.00", part, StringComparison.Ordinal);
            Assert.Contains("Visa ending in 0002", part, StringComparison.Ordinal);
            Assert.Contains(fix, part, StringComparison.Ordinal);
        }

        Assert.Equal(fix, new Uri(mail.Link).AbsolutePath);
    }

    [Fact]
    public async Task MZ_31_Fix_SignedOut_ShowsTheAmountAndTheWayToSignIn()
    {
        var (_, _, _, fix) = await FailedAsync("declined");
        var page = await Shop.NewVisitor().GetAsync(fix);
        Assert.Equal(("$3.00", null, null), (page.Text("fix-amount"), page.Find("fix-same"), page.Find("fix-pay")));
        Assert.DoesNotContain("0002", page.Body, StringComparison.Ordinal);
        Assert.Contains(Uri.EscapeDataString(fix), page.Body, StringComparison.Ordinal);
        var (stranger, _) = await MemberAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await stranger.GetAsync(fix)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await stranger.GetAsync("/buy/fix/made-up")).Status);
    }

    [Fact]
    public async Task MZ_31_MZ_33_Fix_SameMethodAgainIsDeclined_ThenANewOnePays()
    {
        var (visitor, _, handle, fix) = await FailedAsync("declined");
        var page = await visitor.GetAsync(fix);
        Assert.Contains("Try again with the same method", page.Text("fix-same"), StringComparison.Ordinal);
        Assert.Contains("declined", page.Text("fix-why"), StringComparison.Ordinal);
        var again = await visitor.SubmitAsync(page);
        Assert.Contains("declined", again.Error, StringComparison.Ordinal);
        var bank = await visitor.SubmitAsync(await visitor.GetAsync(fix), ("Way", "sandbox"));
        var receipt = await visitor.SubmitAsync(bank, "main form", "ok", ("card", "ok"));
        Assert.Equal("fulfilled", receipt.Find("order-state")?.GetAttribute("data-state"));
        var after = await visitor.GetAsync(Page(handle));
        Assert.Equal(("It renews", "Visa ending in 4242, expires 12/2028"), (after.Text("subscription-state"), after.Text("subscription-method")));
        Assert.Null((await visitor.GetAsync(fix)).Find("fix-pay"));
    }

    [Fact]
    public async Task ST_28_Fix_BankAsks_ItsPayerAnswersThroughTheSameLink()
    {
        var (visitor, _, handle, fix) = await FailedAsync("authenticate");
        var bank = await visitor.SubmitAsync(await visitor.GetAsync(fix));
        Assert.StartsWith("/sandbox/pay/", bank.Address.AbsolutePath, StringComparison.Ordinal);
        var receipt = await visitor.PressAsync(bank, "passed");
        Assert.Equal("fulfilled", receipt.Find("order-state")?.GetAttribute("data-state"));
        Assert.Equal("It renews", (await visitor.GetAsync(Page(handle))).Text("subscription-state"));
    }

    [Fact]
    public async Task MZ_58_RemovingTheCardOfASubscription_ShowsWhichEndAndAsks()
    {
        var (visitor, _, handle) = await SubscriberAsync();
        var ask = await visitor.SubmitAsync(await visitor.GetAsync("/account/payment-methods"), "main form", "Remove");
        Assert.Contains("without a method it ends on", ask.Text("charged-by"), StringComparison.Ordinal);
        IsWrong(await visitor.SubmitAsync(ask), "Instead", "Nothing was removed");
        var done = await visitor.SubmitAsync(ask, ("Instead", "end"));
        Assert.Contains("not charged any more", done.News, StringComparison.Ordinal);
        Assert.Equal("Cancelled", (await visitor.GetAsync(Page(handle))).Text("subscription-state"));
    }

    private static class Words
    {
        public static string? OfState(Page page) => page.Find("subscription")?.GetAttribute("data-state");
    }
}

public sealed class SubscriptionPageTests_Sqlite(SqliteDatabase database) : SubscriptionPageTests(database), IClassFixture<SqliteDatabase>;

public sealed class SubscriptionPageTests_Postgres(PostgresDatabase database) : SubscriptionPageTests(database), IClassFixture<PostgresDatabase>;
