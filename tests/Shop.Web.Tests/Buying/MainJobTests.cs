using System.Net;
using Shop.TestKit;

namespace Shop.Web.Tests.Buying;

/// <summary>What the shop is for: somebody registers, buys time for themselves or for a friend, pays, and sees until when it runs.</summary>
public abstract class MainJobTests(TestDatabase database) : BuyingTests(database)
{
    [Fact]
    public async Task DW_2_MonthForOneself_AccountAndReceiptShowOneCalendarMonthFromPaidAt()
    {
        Shop.Clock.Advance(new DateTimeOffset(2026, 3, 31, 15, 25, 0, TimeSpan.Zero) - Now);
        var (visitor, _) = await MemberAsync();
        await visitor.AddAsync("paid1");
        var bank = await visitor.PlaceAsync();
        Shop.Clock.Advance(TimeSpan.FromMinutes(7));

        var receipt = await visitor.PressAsync(bank, "ok");
        var account = await visitor.GetAsync("/account");

        var until = new DateTimeOffset(2026, 4, 30, 15, 32, 0, TimeSpan.Zero);
        Assert.Equal(until, (await PaidAtAsync(receipt.Number()))!.Value.AddMonths(1));
        Assert.Equal(until, receipt.Instant("line-until"));
        Assert.Equal(("paid", until), (account.Text("member-class"), account.Instant("member-until")));
    }

    [Fact]
    public async Task DW_76_ReceiptMail_IsSentOnceWithPriceLinesLinkAndReference()
    {
        var (visitor, name) = await MemberAsync();
        await visitor.AddAsync("paid1", ("Quantity", "2"));
        var bank = await visitor.PlaceAsync();
        var receipt = await visitor.PressAsync(bank, "ok");
        await visitor.PressAsync(bank, "ok");
        await visitor.GetAsync($"/checkout/{receipt.Number()}/return");
        await visitor.GetAsync($"/orders/{receipt.Number()}");
        await MailsAsync(Address(name));

        var mail = Assert.Single(await MailsAsync(Address(name)));
        Assert.Equal($"Your receipt, order {receipt.Text("order-reference")}", mail.Subject);
        Assert.Contains("- 2 × 1 month of paid time: $6.00. Runs until", mail.Text, StringComparison.Ordinal);
        Assert.StartsWith($"https://localhost/orders/{receipt.Number()}?token=", mail.Link, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DF_45_SignedInBuyer_GetsTheReceiptAtTheAccountsAddressWhateverIsTyped()
    {
        var (visitor, name) = await MemberAsync();
        await visitor.AddAsync("paid1");
        await visitor.PressAsync(await visitor.PlaceAsync(("Email", "elsewhere@example.org")), "ok");

        Assert.Single(await MailsAsync(Address(name)));
        Assert.Empty(await MailsAsync("elsewhere@example.org"));
    }

    [Fact]
    public async Task DW_76_AccountWithoutAddress_IsPromisedNoMailAndGetsNone()
    {
        var (visitor, name) = await MemberAsync();
        await Database.ExecuteAsync($"UPDATE members SET email = NULL, normalized_email = NULL WHERE user_name = '{name}'", Cancel);
        await visitor.AddAsync("paid1");
        var confirmation = await visitor.GetAsync("/checkout");
        var receipt = await visitor.PressAsync(await visitor.SubmitAsync(confirmation), "ok");

        Assert.Contains("no mail is sent", confirmation.Main(), StringComparison.Ordinal);
        Assert.Equal("fulfilled", receipt.Find("order-state")!.GetAttribute("data-state"));
        Assert.Empty(await MailsAsync(Address(name)));
    }

    [Fact]
    public async Task DW_3_Gift_TheRecipientsAccountShowsIt()
    {
        var (friend, friendName) = await MemberAsync();
        var (giver, _) = await MemberAsync();
        await giver.BuyAsync("paid2", ("Recipient", friendName), ("Note", "for the summer"));

        var account = await friend.GetAsync("/account");
        Assert.Equal(("paid", Now.AddMonths(2)), (account.Text("member-class"), account.Instant("member-until")));
    }

    [Fact]
    public async Task DW_3_Gift_TheRecipientIsTheDemoFriendByNameInAnyCase()
    {
        var (giver, _) = await MemberAsync();
        var receipt = await giver.BuyAsync("paid1", ("Recipient", " FRIEND "));
        var account = await (await Shop.SignInAsync("friend")).GetAsync("/account");
        Assert.Equal(("friend", "paid"), (receipt.Text("line-recipient"), account.Text("member-class")));
    }

    [Fact]
    public async Task DW_77_GiftMail_NamesTheGiverTheGiftTheNoteAndTheRecipientsDate()
    {
        var (_, friendName) = await MemberAsync();
        var (giver, giverName) = await MemberAsync();
        await giver.BuyAsync("paid2", ("Recipient", friendName), ("Note", "for the summer"));
        var until = Now.AddMonths(2);

        var mail = Assert.Single(await MailsAsync(Address(friendName)));
        Assert.Equal($"{giverName} gave you something", mail.Subject);
        Assert.Contains($"{giverName} gave you: 2 months of paid time.", mail.Text, StringComparison.Ordinal);
        Assert.Contains("> for the summer", mail.Text, StringComparison.Ordinal);
        Assert.Contains($"{until:MMMM d, yyyy}", mail.Text, StringComparison.Ordinal);
    }

    /// <summary>User names are public, the date of somebody else's account is not (DECISIONS 23): not on a page of the giver and not in their mail.</summary>
    [Fact]
    public async Task DW_78_Gift_TheRecipientsDateIsNowhereOnTheGiversPagesAndMail()
    {
        var (friend, friendName) = await MemberAsync();
        await friend.BuyAsync("paid6");
        var (giver, giverName) = await MemberAsync();
        var product = await giver.GetAsync($"/shop/paid1?for={friendName}");
        var cart = await giver.SubmitAsync(product, ("Note", "hello"));
        var checkout = await giver.GetAsync("/checkout");
        var bank = await giver.SubmitAsync(checkout);
        var receipt = await giver.PressAsync(bank, "ok");
        var mail = Assert.Single(await MailsAsync(Address(giverName)));

        Assert.Equal("adds 1 month of paid time", cart.Text("line-until"));
        Assert.Equal("adds 1 month of paid time", checkout.Text("line-until"));
        var until = (await friend.GetAsync("/account")).Instant("member-until")!.Value;
        var seen = new[] { cart, checkout, bank, receipt, await giver.GetAsync("/account"), await giver.GetAsync("/account/orders") }.Select(p => p.Body)
            .Append(mail.Text).Append(mail.Html).ToList();
        Assert.DoesNotContain(seen, text => text.Contains($"{until:yyyy-MM-dd}", StringComparison.Ordinal) || text.Contains($"{until:MMMM d, yyyy}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task DW_78_GiversMail_NamesTheRecipient()
    {
        var (_, friendName) = await MemberAsync();
        var (giver, giverName) = await MemberAsync();
        await giver.BuyAsync("paid1", ("Recipient", friendName));
        Assert.Contains($"for {friendName}: $3.00", Assert.Single(await MailsAsync(Address(giverName))).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Abandoned_AtTheBank_NothingIsGivenAndTheSameOrderCanBePaidLater()
    {
        var (visitor, _) = await MemberAsync();
        await visitor.AddAsync("paid1");
        var pay = await visitor.PressAsync(await visitor.PlaceAsync(), "abandon");
        Assert.Equal(HttpStatusCode.OK, pay.Status);
        Assert.Equal("free", (await visitor.GetAsync("/account")).Text("member-class"));

        var bank = await visitor.GetAsync(pay.Document.QuerySelector("main a.button")!.GetAttribute("href")!);
        var receipt = await visitor.PressAsync(bank, "ok");
        Assert.Equal($"/orders/{pay.Address.AbsolutePath.Split('/')[2]}", receipt.Address.AbsolutePath);
        Assert.Equal("paid", (await visitor.GetAsync("/account")).Text("member-class"));
    }
}

public sealed class MainJobTests_Sqlite(SqliteDatabase database) : MainJobTests(database), IClassFixture<SqliteDatabase>;

public sealed class MainJobTests_Postgres(PostgresDatabase database) : MainJobTests(database), IClassFixture<PostgresDatabase>;
