using Shop.TestKit;

namespace Shop.Web.Tests.Buying;

/// <summary>What members read when their time runs out, and the way from there into the cart.</summary>
public abstract class ExpiryPageTests(TestDatabase database) : BuyingTests(database)
{
    private async Task<SentMail> MailAsync(string name, string subject) =>
        Assert.Single(await Shop.MailsToAsync($"{name}@example.org", Cancel), mail => mail.Subject.Contains(subject, StringComparison.Ordinal));

    [Fact]
    public async Task DW_85_Reminder_SaysTheDayWhatThenHappensAndLeadsToExtendNow()
    {
        var (visitor, name) = await MemberAsync();
        await visitor.BuyAsync("paid1");
        var until = (await visitor.GetAsync("/account")).Instant("member-until")!.Value;
        Shop.Clock.Advance(TimeSpan.FromDays(20));
        var mail = await MailAsync(name, "runs out on");
        Assert.StartsWith("Your paid time runs out on ", mail.Subject, StringComparison.Ordinal);
        Assert.Contains("Of 75 icons 6 stay in use", mail.Text, StringComparison.Ordinal);
        Assert.Contains($"runs until {until:MMMM d, yyyy}", mail.Text, StringComparison.Ordinal);

        var back = await Shop.SignInAsync(name);
        var extend = await back.GetAsync(mail.Link);
        var choices = extend.All("product").ToDictionary(row => row.GetAttribute("data-sku")!, row => row.QuerySelector("time")?.GetAttribute("datetime"));
        Assert.Equal(["paid12", "paid6", "paid2", "paid1"], choices.Keys.Take(4));
        Assert.Equal(until.AddMonths(12).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture), choices["paid12"]);

        var cart = await back.SubmitAsync(extend, ("Sku", "paid2"));
        Assert.Equal("/cart", cart.Address.AbsolutePath);
        Assert.Equal("2 months of paid time", cart.All("cart-line").Single().QuerySelector(".what")!.TextContent.Trim());
    }

    [Fact]
    public async Task DW_85_Premium_HasItsOwnWordsAboutPaidTime()
    {
        var (visitor, name) = await MemberAsync();
        await visitor.BuyAsync("prem6");
        Shop.Clock.Advance(TimeSpan.FromDays(182));
        Assert.Contains(
            "While premium time is left, each month of paid time that you buy adds 21 days of premium time. Bought after the end, it is a month of paid time.",
            (await MailAsync(name, "runs out on")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DW_84_AtTheEnd_OneMailAndAFreeAccount()
    {
        var (visitor, name) = await MemberAsync();
        await visitor.BuyAsync("paid1");
        Shop.Clock.Advance(TimeSpan.FromDays(32));
        var mail = await MailAsync(name, "has run out");
        Assert.DoesNotContain("21 days", mail.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(await Shop.MailsToAsync($"{name}@example.org", Cancel), other => other.Subject.Contains("runs out on", StringComparison.Ordinal));
        var page = await (await Shop.SignInAsync(name)).GetAsync("/account");
        Assert.Equal(("free", "6"), (page.Text("member-class"), page.Find("member-icons")!.GetAttribute("data-icons")));
    }

    [Fact]
    public async Task DW_87_StatusBox_SaysWhatTheClassGivesAndWhatTheEndTakes()
    {
        var (visitor, _) = await MemberAsync();
        await visitor.BuyAsync("paid1");
        var page = await visitor.GetAsync("/account");
        Assert.Equal("75", page.Find("member-icons")!.GetAttribute("data-icons"));
        Assert.Contains("goes on as a free one with up to 6 icons", page.Main(), StringComparison.Ordinal);
        Assert.Contains("Your account is paid until", (await visitor.GetAsync("/")).Main(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Extend_NothingChosen_IsSaidBesideTheChoicesAndChangesNothing()
    {
        var (visitor, _) = await MemberAsync();
        await visitor.BuyAsync("paid1");
        foreach (var sku in new[] { "", "nothing", "icons", "points" })
        {
            IsWrong(await visitor.SubmitAsync(await visitor.GetAsync("/account/extend"), ("Sku", sku)), "Sku", "not on sale");
        }

        Assert.Empty((await visitor.GetAsync("/cart")).All("cart-line"));
    }
}

public sealed class ExpiryPageTests_Sqlite(SqliteDatabase database) : ExpiryPageTests(database), IClassFixture<SqliteDatabase>;

public sealed class ExpiryPageTests_Postgres(PostgresDatabase database) : ExpiryPageTests(database), IClassFixture<PostgresDatabase>;
