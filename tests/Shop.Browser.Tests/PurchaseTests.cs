using Shop.TestKit;

namespace Shop.Browser.Tests;

/// <summary>The main job, from a fresh profile to the receipt.</summary>
public sealed class PurchaseTests(BrowserShop shop) : BrowserTests(shop)
{
    /// <summary>With scripts, and without: the same pages, the same outcome.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SignUpBuyAndPay_AccountAndReceiptShowTheSameMonth(bool scripts)
    {
        var buyer = await NewPersonAsync(scripts);
        var name = await buyer.RegisterAsync();
        await buyer.AddAsync("paid1");
        await buyer.PlaceAsync();
        await buyer.AtTheBankAsync("ok");

        await Expect(buyer["order-state"]).ToHaveAttributeAsync("data-state", "fulfilled");
        var reference = await buyer["order-reference"].InnerTextAsync();
        var paidAt = await Person.InstantAsync(buyer.Page.Locator("dt:has-text('Paid') + dd time").First);
        var receiptUntil = await Person.InstantAsync(buyer["line-until"]);

        await buyer.GoAsync("/account");
        await Expect(buyer["member-class"]).ToHaveAttributeAsync("data-class", "paid");
        Assert.Equal(paidAt.AddMonths(1), await Person.InstantAsync(buyer["member-until"]));
        Assert.Equal(paidAt.AddMonths(1), receiptUntil);

        Assert.Single(await buyer.MailsAsync(name, reference));
    }

    [Fact]
    public async Task GiftToAFriend_FriendHasTheTimeAndBothGetTheirMail()
    {
        var buyer = await NewPersonAsync();
        var friend = await NewPersonAsync();
        var from = await buyer.RegisterAsync();
        var to = await friend.RegisterAsync();
        const string note = "Happy new moon!\nSee <you> soon & \"often\" ☾";
        await buyer.AddAsync("paid2", to, note);
        await Expect(buyer["line-recipient"]).ToHaveTextAsync(to);
        await buyer.PlaceAsync();
        await buyer.AtTheBankAsync("ok");
        await Expect(buyer["order-state"]).ToHaveAttributeAsync("data-state", "fulfilled");
        await Expect(buyer["line-recipient"]).ToHaveTextAsync(to);
        var reference = await buyer["order-reference"].InnerTextAsync();
        var paidAt = await Person.InstantAsync(buyer.Page.Locator("dt:has-text('Paid') + dd time").First);

        await friend.GoAsync("/account");
        await Expect(friend["member-class"]).ToHaveAttributeAsync("data-class", "paid");
        Assert.Equal(paidAt.AddMonths(2), await Person.InstantAsync(friend["member-until"]));
        await buyer.GoAsync("/account");
        await Expect(buyer["member-class"]).ToHaveAttributeAsync("data-class", "free");

        Assert.Single(await buyer.MailsAsync(from, reference));
        var gift = Assert.Single(await buyer.MailsAsync(to, from));
        Assert.Contains("Happy new moon!", gift, StringComparison.Ordinal);
        Assert.Contains("See <you> soon & \"often\" ☾", gift, StringComparison.Ordinal);
    }

    /// <summary>The member that a fresh clone starts with can do it too, and pay partly with points.</summary>
    [Fact]
    public async Task DemoMember_PaysWithPointsAlone()
    {
        var buyer = await NewPersonAsync();
        await buyer.SignInAsync("member", ShopHost.Password);
        await buyer.AddAsync("paid1", "friend");
        await buyer.UsePointsAsync();
        await buyer.GoAsync("/checkout");
        await Expect(buyer["pay-method"]).ToHaveAttributeAsync("data-provider", "points");
        await Expect(buyer["due-money"]).ToHaveTextAsync("$0.00");
        await buyer["place-order"].ClickAsync();
        await Expect(buyer["order-state"]).ToHaveAttributeAsync("data-state", "fulfilled");
    }

    [Fact]
    public async Task TwoTabsAdding_BothLinesAreInTheCart()
    {
        var buyer = await NewPersonAsync();
        await buyer.RegisterAsync();
        var first = buyer.Page;
        await buyer.GoAsync("/shop/paid1");
        var second = await buyer.NewTabAsync();
        await buyer.GoAsync("/shop/paid6");
        await first.Locator("main").GetByTestId("add-to-cart").ClickAsync();
        await first.WaitForURLAsync("**/cart");
        await second.Locator("main").GetByTestId("add-to-cart").ClickAsync();
        await second.WaitForURLAsync("**/cart");

        await Expect(second.GetByTestId("cart-line")).ToHaveCountAsync(2);
        await first.ReloadAsync();
        await Expect(first.GetByTestId("cart-line")).ToHaveCountAsync(2);
        await Expect(first.GetByTestId("cart-total")).ToHaveTextAsync("$16.00");
    }

    /// <summary>The cart keeps its lines until the order is paid, and placing it again leads to the same order's pay page.</summary>
    [Fact]
    public async Task BackFromTheBank_CartIsWhole_AndPlacingAgainLeadsToTheSameOrder()
    {
        var buyer = await NewPersonAsync();
        await buyer.RegisterAsync();
        await buyer.AddAsync("paid1");
        await buyer.PlaceAsync();
        await buyer.Page.WaitForURLAsync("**/sandbox/pay/**");
        var bank = buyer.Page.Url;

        await buyer.Page.GoBackAsync();
        await Expect(buyer["cart-count"]).ToHaveTextAsync("1 item");
        await buyer.GoAsync("/cart");
        await Expect(buyer["cart-line"]).ToHaveCountAsync(1);
        await buyer.PlaceAsync();
        Assert.Equal($"/checkout/{await Shop.OrderAtBankAsync(bank)}/pay", buyer.Path);
        await buyer.Page.Locator("main a.button").ClickAsync();
        await buyer.Page.WaitForURLAsync(bank);

        await buyer.AtTheBankAsync("ok");
        await Expect(buyer["order-state"]).ToHaveAttributeAsync("data-state", "fulfilled");
        await Expect(buyer["cart-count"]).ToHaveTextAsync("0 items");
        await buyer.GoAsync("/account/orders");
        await Expect(buyer["order-number"]).ToHaveCountAsync(1);
    }

    /// <summary>A double click places one order.</summary>
    [Fact]
    public async Task DoubleClickOnPlacing_MakesOneOrder()
    {
        var buyer = await NewPersonAsync();
        await buyer.RegisterAsync();
        await buyer.AddAsync("paid1");
        await buyer.GoAsync("/checkout");
        await buyer["place-order"].DblClickAsync();
        await buyer.AtTheBankAsync("ok");
        await Expect(buyer["order-state"]).ToHaveAttributeAsync("data-state", "fulfilled");
        await buyer.GoAsync("/account/orders");
        await Expect(buyer["order-number"]).ToHaveCountAsync(1);
    }

    /// <summary>A buyer without an account buys for a member, and their browser alone opens the order afterwards.</summary>
    [Fact]
    public async Task Visitor_GivesToAMember_AndReadsTheReceipt()
    {
        var friend = await NewPersonAsync();
        var to = await friend.RegisterAsync();
        var visitor = await NewPersonAsync();
        await visitor.AddAsync("paid1", to);
        await visitor.GoAsync("/checkout");
        await visitor.FillAsync("Email", "stranger@example.org");
        await visitor["place-order"].ClickAsync();
        await visitor.AtTheBankAsync("ok");
        await Expect(visitor["order-state"]).ToHaveAttributeAsync("data-state", "fulfilled");
        var order = visitor.Path;
        await friend.GoAsync("/account");
        await Expect(friend["member-class"]).ToHaveAttributeAsync("data-class", "paid");
        await friend.GoAsync(order);
        await Expect(friend["error"]).ToContainTextAsync("Not here");
    }
}
