using Shop.TestKit;

namespace Shop.Browser.Tests;

/// <summary>A page in one of its states: where it stands in the list of endpoints, and how somebody comes to see it.</summary>
/// <param name="Name">Also the name of its picture.</param>
/// <param name="Route">As in tests/Shop.Web.Tests/authorization-matrix.txt; null for an address that nothing has.</param>
/// <param name="ArriveAsync">Leaves the person at the page.</param>
public sealed record Scene(string Name, string? Route, Func<BrowserShop, Task<Person>> ArriveAsync)
{
    public override string ToString() => Name;
}

/// <summary>Every kind of page that the shop has, empty and full, right and wrong.</summary>
public static class Scenes
{
    private const string LongNote = "Happy new moon, and thank you for the lanterns!\nSee you at the harbour ☾";

    /// <summary>Beginnings of routes that answer machines or only lead elsewhere, that are files, or a mail's own HTML, which runs no script.</summary>
    private static readonly string[] WithoutPages =
    [
        "/health/", "/sandbox/api/", "/checkout/{number}/return", "/{**path}", "/pictures/", "/orders/{number}/receipt.pdf", "/orders/{number}/credit-notes/{note}.pdf",
        "/admin/orders/{number}/papers/", "/admin/mails/{kind}/html", "/mail/reminders/off", "/embed/dreamshop.js", "/.well-known/", "/account/community/start", "/api/", "/openapi/", "/private/", "/r/{resource}/file",
    ];

    public static IReadOnlyList<Scene> All { get; } =
    [
        new("front", "/", VisitorAt("/")),
        new("front-member", "/", DemoMemberAt("/")),
        new("front-cart-open", "/", FrontWithOpenCartAsync),
        new("front-gift", "/", DemoMemberAt("/?for=friend")),
        new("random", "/gifts/random", RandomAsync),
        new("random-nobody", "/gifts/random", BrokenShopAt("/gifts/random")),
        new("product-random", "/shop/{sku}", VisitorAt("/shop/paid1?chance=hidden_person")),
        new("product", "/shop/{sku}", VisitorAt("/shop/paid1")),
        new("product-member", "/shop/{sku}", DemoMemberAt("/shop/prem12?for=friend")),
        new("product-far-date", "/shop/{sku}", ProductFarDateAsync),
        new("product-errors", "/shop/{sku}", ProductErrorsAsync),
        new("cart-empty", "/cart", VisitorAt("/cart")),
        new("cart-visitor", "/cart", CartOfVisitorAsync),
        new("cart-member", "/cart", CartOfMemberAsync),
        new("cart-points", "/cart", CartWithPointsAsync),
        new("cart-errors", "/cart", CartErrorsAsync),
        new("cart-promotions", "/cart", PromotedCartAsync),
        new("cart-code-errors", "/cart", shop => EnterCodeAsync(shop, "moon-11")),
        new("checkout-member", "/checkout", CheckoutOfMemberAsync),
        new("checkout-visitor", "/checkout", shop => CheckoutOfVisitorAsync(shop, "friend")),
        new("checkout-sign-in", "/checkout", shop => CheckoutOfVisitorAsync(shop, null)),
        new("checkout-points", "/checkout", CheckoutWithPointsAsync),
        new("checkout-errors", "/checkout", CheckoutErrorsAsync),
        new("checkout-saved", "/checkout", async shop => await At(await AddedAsync(await SavedCardAsync(shop)), "/checkout")),
        new("payment-methods", "/account/payment-methods", async shop => await At(await SavedCardAsync(shop), "/account/payment-methods")),
        new("subscriptions", "/account/subscriptions", async shop => await At(await SubscriberAsync(shop), "/account/subscriptions")),
        new("subscriptions-empty", "/account/subscriptions", NewMemberAt("/account/subscriptions")),
        new("subscription", "/account/subscriptions/{handle}", shop => SubscriberAsync(shop)),
        new("subscription-unpaid", "/account/subscriptions/{handle}", UnpaidSubscriberAsync),
        new("subscription-cancel", "/account/subscriptions/{handle}/cancel", CancelSubscriptionAsync),
        new("renewal-fix", "/buy/fix/{token}", FixAsync),
        new("renewal-fix-errors", "/buy/fix/{token}", FixErrorsAsync),
        new("checkout-renews", "/checkout", async shop => await At(await RenewingCartAsync(shop), "/checkout")),
        new("payment-methods-charged", "/account/payment-methods", RemoveChargedCardAsync),
        new("payment-methods-empty", "/account/payment-methods", NewMemberAt("/account/payment-methods")),
        new("payment-methods-remove", "/account/payment-methods", RemoveCardAsync),
        new("payment-method-setup", "/account/payment-methods/{setup}", SetupAsync),
        new("bank-setup", "/sandbox/setup/{id}", AtTheBanksSetupAsync),
        new("bank-keep", "/sandbox/pay/{id}", KeepingAtTheBankAsync),
        new("bank", "/sandbox/pay/{id}", AtTheBankAsync),
        new("bank-errors", "/sandbox/pay/{id}", BankErrorsAsync),
        new("bank-paid", "/sandbox/pay/{id}", BankPaidAsync),
        new("bank-cancelled", "/sandbox/pay/{id}", BankCancelledAsync),
        new("bank-unknown", "/sandbox/pay/{id}", VisitorAt("/sandbox/pay/nothing")),
        new("bank-payments", "/sandbox/payments", BankPaymentsAsync),
        new("bank-payments-empty", "/sandbox/payments", BrokenShopAt("/sandbox/payments")),
        new("pay", "/checkout/{number}/pay", PayPageAsync),
        new("pay-ended", "/checkout/{number}/pay", PayEndedAsync),
        new("pay-waiting", "/checkout/{number}/pay", PayWaitingAsync),
        new("pay-errors", "/checkout/{number}/pay", PayErrorsAsync),
        new("pay-fields", "/checkout/{number}/pay", shop => ProviderPageTests.ArriveAsync(shop)),
        new("pay-fields-declined", "/checkout/{number}/pay", DeclinedInFieldsAsync),
        new("pay-no-script", "/checkout/{number}/pay", PayWithoutScriptAsync),
        new("pay-paypal", "/checkout/{number}/pay", shop => ProviderPageTests.ArriveAsync(shop, "paypal")),
        new("checkout-cards", "/checkout", async shop => await At(await ProviderPageTests.PaidAsync(shop), "/checkout")),
        new("payment-methods-cards", "/account/payment-methods", async shop => await At(await ProviderPageTests.PaidAsync(shop), "/account/payment-methods")),
        new("payment-method-fields", "/account/payment-methods/{setup}", SetupInFieldsAsync),
        new("payments-cards", "/admin/payments", AdminAtCardShopAsync),
        new("order", "/orders/{number}", shop => PaidAsync(shop, "paid1", null)),
        new("order-gift", "/orders/{number}", shop => GiftAsync(shop, "prem12")),
        new("order-by-link", "/orders/{number}", OrderByLinkAsync),
        new("order-awaiting_payment", "/orders/{number}", OrderAwaitingAsync),
        new("order-paid", "/orders/{number}", shop => OrderInStateAsync(shop, "paid", "scheduled")),
        new("order-refund_pending", "/orders/{number}", shop => OrderInStateAsync(shop, "refund_pending", "applied")),
        new("order-refunded", "/orders/{number}", shop => OrderInStateAsync(shop, "refunded", "revoked")),
        new("order-cancelled", "/orders/{number}", OrderCancelledAsync),
        new("receipt", "/orders/{number}/receipt", ReceiptAsync),
        new("credit-note", "/orders/{number}/credit-notes/{note}", CreditNoteAsync),
        new("order-expired", "/orders/{number}", shop => OrderInStateAsync(shop, "expired", "cancelled")),
        new("account", "/account", AccountAsync),
        new("account-new", "/account", NewMemberAt("/account")),
        new("extend", "/account/extend", DemoMemberAt("/account/extend")),
        new("extend-errors", "/account/extend", ExtendErrorsAsync),
        new("orders", "/account/orders", OrdersAsync),
        new("orders-empty", "/account/orders", NewMemberAt("/account/orders")),
        new("points", "/account/points", DemoMemberAt("/account/points")),
        new("points-empty", "/account/points", NewMemberAt("/account/points")),
        new("gifts", "/account/gifts", async shop => await At(await WaitingGiftAsync(shop), "/account/gifts")),
        new("gifts-empty", "/account/gifts", NewMemberAt("/account/gifts")),
        new("gift", "/account/gifts/{gift:long}", ChangeGiftAsync),
        new("gift-errors", "/account/gifts/{gift:long}", ChangeGiftErrorsAsync),
        new("gift-claim", "/account/gifts/{gift:long}", MailedGiftAsync),
        new("gift-stuck", "/account/gifts/{gift:long}", StuckGiftAsync),
        new("gift-return", "/account/gifts/{gift:long}/return", ReturnGiftAsync),
        new("gifts-received", "/account/gifts", async shop => await At(await ReturnGiftAsync(shop), "/account/gifts")),
        new("claim", "/gifts/claim/{code}", ClaimAsync),
        new("claim-visitor", "/gifts/claim/{code}", ClaimOfVisitorAsync),
        new("settings", "/account/settings", SettingsAsync),
        new("settings-errors", "/account/settings", SettingsErrorsAsync),
        new("security", "/account/security", SecurityAsync),
        new("security-password", "/account/security/password", NewMemberAt("/account/security/password")),
        new("security-password-errors", "/account/security/password", PasswordErrorsAsync),
        new("security-app", "/account/security/app", NewMemberAt("/account/security/app")),
        new("security-app-key", "/account/security/app", AppKeyAsync),
        new("security-app-codes", "/account/security/app", async shop => (await WithAppAsync(shop)).Person),
        new("security-app-on", "/account/security/app", async shop => await At((await WithAppAsync(shop)).Person, "/account/security/app")),
        new("security-passkeys", "/account/security/passkeys", NewMemberAt("/account/security/passkeys")),
        new("security-passkeys-create", "/account/security/passkeys", PasskeyAsync),
        new("login-code", "/account/login/code", LoginCodeAsync),
        new("login-code-errors", "/account/login/code", LoginCodeErrorsAsync),
        new("login-passkey", "/account/login/passkey", VisitorAt("/account/login/passkey")),
        new("data", "/account/data", NewMemberAt("/account/data")),
        new("close", "/account/data/close", async shop => await At(await SubscriberAsync(shop), "/account/data/close")),
        new("close-errors", "/account/data/close", CloseErrorsAsync),
        new("community", "/account/community", VisitorAt("/account/community")),
        new("community-member", "/account/community", NewMemberAt("/account/community")),
        new("frame", "/embed/buy/{product}", shop => FrameAsync(shop, "buy/tea-pot")),
        new("frame-errors", "/embed/buy/{product}", FrameErrorsAsync),
        new("frame-pay", "/embed/buy/{product}", FramePayAsync),
        new("frame-pay-declined", "/embed/buy/{product}", FrameDeclinedAsync),
        new("frame-country", "/embed/buy/{product}", FrameWithTaxAsync),
        new("frame-country-errors", "/embed/buy/{product}", FrameCountryErrorsAsync),
        new("frame-confirm", "/embed/buy/{product}", FrameConfirmAsync),
        new("frame-confirm-errors", "/embed/buy/{product}", FrameConfirmErrorsAsync),
        new("frame-pay-waiting", "/embed/buy/{product}", FrameWaitingAsync),
        new("frame-methods", "/embed/buy/{product}", FrameMethodsAsync),
        new("frame-fields", "/embed/buy/{product}", FrameFieldsAsync),
        new("frame-fields-declined", "/embed/buy/{product}", FrameFieldsDeclinedAsync),
        new("frame-elsewhere", "/embed/buy/{product}", FrameElsewhereAsync),
        new("frame-paused", "/embed/buy/{product}", FramePausedAsync),
        new("frame-return", "/checkout/{number}/return", FrameReturnAsync),
        new("frame-account", "/embed/buy/{product}", shop => FrameAsync(shop, "buy/tea-club")),
        new("frame-done", "/embed/buy/{product}", FrameDoneAsync),
        new("frame-no-buyer", "/embed/buy/{product}", shop => FrameAsync(shop, "buy/tea-pot", "&buyer=nobody")),
        new("frame-not-sold", "/embed/buy/{product}", shop => FrameAsync(shop, "buy/coffee-pot")),
        new("frame-cart", "/embed/cart", shop => FrameAsync(shop, "cart")),
        new("frame-window", "/embed/continue", VisitorAt("/embed/continue?t=nothing")),
        new("circle", "/account/circle", CircleAsync),
        new("circle-errors", "/account/circle", CircleErrorsAsync),
        new("transfer", "/account/points/transfer", DemoMemberAt("/account/points/transfer?for=friend")),
        new("transfer-check", "/account/points/transfer", shop => TransferAsync(shop, "25")),
        new("transfer-errors", "/account/points/transfer", shop => TransferAsync(shop, "5001")),
        new("convert", "/account/points/convert", shop => ConvertAsync(shop, null)),
        new("convert-check", "/account/points/convert", shop => ConvertAsync(shop, "2")),
        new("convert-errors", "/account/points/convert", shop => ConvertAsync(shop, "99")),
        new("convert-nothing", "/account/points/convert", NewMemberAt("/account/points/convert")),
        new("rename", "/account/rename", shop => RenameAsync(shop, null)),
        new("rename-check", "/account/rename", shop => RenameAsync(shop, "moonlit_harbour")),
        new("rename-errors", "/account/rename", shop => RenameAsync(shop, "friend")),
        new("rename-swap", "/account/rename", SwapAsync),
        new("rename-swap-errors", "/account/rename", SwapErrorsAsync),
        new("rename-none", "/account/rename", NewMemberAt("/account/rename")),
        new("product-seed", "/shop/{sku}", DemoMemberAt("/shop/seed")),
        new("product-icons", "/shop/{sku}", DemoMemberAt("/shop/icons")),
        new("product-points", "/shop/{sku}", DemoMemberAt("/shop/points")),
        new("register", "/account/register", VisitorAt("/account/register")),
        new("register-errors", "/account/register", RegisterErrorsAsync),
        new("login", "/account/login", VisitorAt("/account/login")),
        new("login-errors", "/account/login", LoginErrorsAsync),
        new("logout", "/account/logout", NewMemberAt("/account/logout")),
        new("logout-nobody", "/account/logout", VisitorAt("/account/logout")),
        new("confirm", "/account/confirm", ConfirmLinkAsync),
        new("confirm-again", "/account/confirm", NewMemberAt("/account/confirm")),
        new("confirm-nobody", "/account/confirm", VisitorAt("/account/confirm")),
        new("forgot", "/account/forgot", VisitorAt("/account/forgot")),
        new("forgot-errors", "/account/forgot", shop => FormErrorsAsync(shop, "/account/forgot", ("Email", "not an address"))),
        new("forgot-sent", "/account/forgot", ForgotSentAsync),
        new("reset", "/account/reset", shop => ResetAsync(shop, wrong: false)),
        new("reset-errors", "/account/reset", shop => ResetAsync(shop, wrong: true)),
        new("reset-no-link", "/account/reset", VisitorAt("/account/reset")),
        new("terms", "/about/{kind}", VisitorAt("/about/terms")),
        new("privacy", "/about/{kind}", VisitorAt("/about/privacy")),
        new("imprint", "/about/{kind}", VisitorAt("/about/imprint")),
        new("fees", "/about/fees", VisitorAt("/about/fees")),
        new("receipts", "/receipts", VisitorAt("/receipts")),
        new("receipts-errors", "/receipts", shop => FormErrorsAsync(shop, "/receipts", ("Email", "nobody@"))),
        new("receipts-sent", "/receipts", shop => FormErrorsAsync(shop, "/receipts", ("Email", "somebody@example.org"))),
        new("error-404", null, VisitorAt("/no/such/page")),
        new("error-403", "/admin", NewMemberAt("/admin")),
        new("error-500", "/about/{kind}", BrokenShopAt("/about/imprint")),
        new("error", "/error", VisitorAt("/error")),
        new("admin", "/admin", AdminAt("/admin")),
        new("codes", "/admin/codes", AdminAt("/admin/codes")),
        new("codes-made", "/admin/codes", shop => CodesAsync(shop, ("Count", "3"), ("Months", "1"))),
        new("codes-errors", "/admin/codes", shop => CodesAsync(shop, ("Count", "many"))),
        new("register-code", "/account/register", VisitorAt("/account/register?code=nosuchcode")),
        new("communities", "/admin/communities", CommunitiesAsync),
        new("communities-errors", "/admin/communities", CommunitiesErrorsAsync),
        new("activity", "/admin/activity", AdminAt("/admin/activity?name=friend")),
        new("activity-errors", "/admin/activity", ActivityErrorsAsync),
        new("desk-member", "/admin/members/{name}", AdminAt("/admin/members/member")),
        new("desk-member-errors", "/admin/members/{name}", DeskMemberErrorsAsync),
        new("draws", "/admin/random", DrawsAsync),
        new("admin-pages", "/admin/pages", AdminAt("/admin/pages")),
        new("admin-edit", "/admin/pages/{kind}", AdminAt("/admin/pages/terms")),
        new("admin-preview", "/admin/pages/{kind}", shop => AdminEditAsync(shop, "## Returns\n\n- Time that has not begun is **given back** in full.\n- Ask at [the harbour](https://example.org).", "Preview")),
        new("admin-errors", "/admin/pages/{kind}", shop => AdminEditAsync(shop, "", "Publish")),
        new("promotions", "/admin/promotions", PromotionsAsync),
        new("promotions-none", "/admin/promotions", AdminAt("/admin/promotions")),
        new("rules", "/admin/rules", RulesAsync),
        new("rules-errors", "/admin/rules", RulesErrorsAsync),
        new("rules-draft-new", "/admin/rules/drafts/{draft}", NewDraftAsync),
        new("rules-draft", "/admin/rules/drafts/{draft}", DearerYearAsync),
        new("rules-draft-errors", "/admin/rules/drafts/{draft}", DraftErrorsAsync),
        new("rules-section", "/admin/rules/drafts/{draft}/{section}", shop => RuleSectionAsync(shop, "shop.prices")),
        new("rules-edit", "/admin/rules/drafts/{draft}/{section}", shop => RuleSectionAsync(shop, Year)),
        new("rules-edit-errors", "/admin/rules/drafts/{draft}/{section}", RuleErrorsAsync),
        new("virtual-gifts", "/gifts", VisitorAt("/gifts?for=friend")),
        new("virtual-none", "/gifts", VisitorAt("/gifts?tag=nothing")),
        new("virtual-product", "/shop/{sku}", DemoMemberAt("/shop/gift_lantern?for=friend")),
        new("virtual-answer", "/account/gifts", shop => VirtualGiftAsync(shop, accepted: false)),
        new("virtual-member", "/members/{name}", shop => VirtualGiftAsync(shop, accepted: true)),
        new("virtual-member-empty", "/members/{name}", VisitorAt("/members/friend")),
        new("catalogue", "/admin/catalogue", AdminAt("/admin/catalogue")),
        new("catalogue-none", "/admin/catalogue", AdminAt("/admin/catalogue?q=nothing-like-this")),
        new("catalogue-new", "/admin/catalogue/new", AdminAt("/admin/catalogue/new")),
        new("catalogue-new-errors", "/admin/catalogue/new", shop => CatalogueErrorsAsync(shop, "/admin/catalogue/new", "#new button")),
        new("catalogue-product", "/admin/catalogue/products/{sku}", AdminAt("/admin/catalogue/products/gift_boat")),
        new("catalogue-product-errors", "/admin/catalogue/products/{sku}", shop => CatalogueErrorsAsync(shop, "/admin/catalogue/products/gift_boat", "#picture button")),
        new("catalogue-deliveries", "/admin/deliveries", DeskLookUpAsync),
        new("catalogue-delivery", "/admin/deliveries/{gift:long}", DeskDeliveryAsync),
        new("payments", "/admin/payments", AdminAt("/admin/payments")),
        new("payments-test", "/admin/payments/test", AdminAt("/admin/payments/test?provider=sandbox")),
        new("reminders", "/mail/reminders", RemindersAsync),
        new("sellers", "/admin/sellers", AdminAt("/admin/sellers")),
        new("seller", "/admin/sellers/{seller}", async shop => await SellingAsync(shop, "/admin/sellers/{0}")),
        new("seller-product", "/admin/sellers/{seller}/products/{product}", async shop => await SellingAsync(shop, "/admin/sellers/{0}/products/{0}-album")),
        new("seller-product-new", "/admin/sellers/{seller}/products/{product}", async shop => await SellingAsync(shop, "/admin/sellers/{0}/products/new")),
        new("buy", "/buy/{product}", async shop => await SellingAsync(shop, "/buy/{0}-album")),
        new("buy-errors", "/buy/{product}", BuyErrorsAsync),
        new("events", "/admin/events", AdminAt("/admin/events")),
        new("event-receivers", "/admin/events/receivers", AdminAt("/admin/events/receivers")),
        new("mails", "/admin/mails", AdminAt("/admin/mails")),
        new("mail", "/admin/mails/{kind}", AdminAt("/admin/mails/mail.receipt")),
        new("payments-receive", "/admin/payments/receive", AdminAt("/admin/payments/receive?q=nowhere2")),
        new("payments-exchange", "/admin/payments/exchange", AdminAt("/admin/payments/exchange?q=nowhere2")),
        new("desk-orders", "/admin/orders", AdminAt("/admin/orders?flag=all")),
        new("desk-orders-none", "/admin/orders", AdminAt("/admin/orders?q=nothing-like-this")),
        new("desk-order", "/admin/orders/{number}", FlaggedOrderAsync),
        new("desk-refund", "/admin/orders/{number}/refund", shop => DeskRefundAsync(shop, "2.00", "asked by letter")),
        new("desk-refund-errors", "/admin/orders/{number}/refund", shop => DeskRefundAsync(shop, "999999", "")),
        new("desk-requests", "/admin/orders/requests", shop => RequestAsync(shop, "1.50", isMade: true)),
        new("desk-request-preview", "/admin/orders/requests", shop => RequestAsync(shop, "1.50", isMade: false)),
        new("desk-request-errors", "/admin/orders/requests", shop => RequestAsync(shop, "nothing", isMade: false)),
        new("wall-asked", "/orders/{number}", async shop => await RequestedAsync(shop, isPaid: false)),
        new("asked-paid", "/orders/{number}/paid", async shop => await RequestedAsync(shop, isPaid: true)),
        new("resource", "/r/{resource}", ResourceAsync),
        new("resource-file", "/r/{resource}", async shop => await PaywallBrowserTests.BoughtAsync(shop, await PaywallBrowserTests.FileAsync(shop))),
        new("resource-refunded", "/r/{resource}", ResourceRefundedAsync),
        new("resource-no-order", "/r/{resource}", async shop => await At(await shop.NewPersonAsync(), $"/r/{await PaywallBrowserTests.TextAsync(shop)}?o=nothing")),
        new("resource-not-sold", "/r/{resource}", ResourceNotSoldAsync),
        new("resource-price", "/r/{resource}", ResourcePriceAsync),
        new("wall", "/orders/{number}", async shop => await At(await shop.NewPersonAsync(), $"/r/{await PaywallBrowserTests.TextAsync(shop)}")),
        new("wall-member", "/orders/{number}", async shop => await At(await RichMemberAsync(shop), $"/r/{await PaywallBrowserTests.TextAsync(shop)}")),
        new("wall-paid", "/orders/{number}", async shop => await WallOfPaidAsync(shop, withHash: true)),
        new("wall-reorder", "/orders/{number}", async shop => await WallOfPaidAsync(shop, withHash: false)),
        new("wall-other-browser", "/orders/{number}", WallOfAnotherBrowserAsync),
        new("wall-taken", "/orders/{number}", WallTakenAsync),
        new("wall-over", "/orders/{number}", WallOverAsync),
        new("wall-still", "/orders/{number}/claim", async shop => await At(await shop.NewPersonAsync(), $"{await NewWallAsync(shop, "/claim")}")),
        new("wall-recovered", "/orders/{number}/claim", shop => RecoveredAsync(shop, elsewhere: false)),
        new("wall-recovered-there", "/orders/{number}/claim", shop => RecoveredAsync(shop, elsewhere: true)),
        new("wall-errors", "/orders/{number}/claim", WallErrorsAsync),
        new("wall-receipt", "/orders/{number}", ResourceReceiptAsync),
        new("desk-resources", "/admin/catalogue/resources", async shop => { await PaywallBrowserTests.TextAsync(shop); await PaywallBrowserTests.FileAsync(shop); return await At(await DemoAsync(shop, "admin"), "/admin/catalogue/resources"); }),
        new("desk-resource", "/admin/catalogue/resources/{code}", async shop => await At(await DemoAsync(shop, "admin"), $"/admin/catalogue/resources/{await PaywallBrowserTests.TextAsync(shop)}")),
        new("desk-resource-file", "/admin/catalogue/resources/{code}", async shop => await At(await DemoAsync(shop, "admin"), $"/admin/catalogue/resources/{await PaywallBrowserTests.FileAsync(shop)}")),
        new("desk-resource-upload", "/admin/catalogue/resources/{code}/file", async shop => await At(await DemoAsync(shop, "admin"), $"/admin/catalogue/resources/{await PaywallBrowserTests.FileAsync(shop)}/file")),
        new("desk-resource-new", "/admin/catalogue/resources/{code}", AdminAt("/admin/catalogue/resources/new")),
        new("desk-resource-errors", "/admin/catalogue/resources/{code}", ResourceErrorsAsync),
        new("order-give-back", "/orders/{number}/refund", shop => GiveBackAsync(shop, isPreview: false)),
        new("order-give-back-preview", "/orders/{number}/refund", shop => GiveBackAsync(shop, isPreview: true)),
        new("dev-mail", "/dev/mail", DevMailAsync),
        new("dev-mail-empty", "/dev/mail", BrokenShopAt("/dev/mail")),
    ];

    /// <summary>The pages among the endpoints, read from the list that a test compares with the shop's own.</summary>
    public static IReadOnlyList<string> RoutesOfPages { get; } =
        [.. File.ReadAllLines(Repository.Path("tests", "Shop.Web.Tests", "authorization-matrix.txt"))
            .Where(line => line.StartsWith("GET ", StringComparison.Ordinal)).Select(line => line[4..line.IndexOf(": ", StringComparison.Ordinal)])
            .Where(route => !WithoutPages.Any(route.StartsWith))];

    private static async Task<Person> ResourceAsync(BrowserShop shop) => await PaywallBrowserTests.BoughtAsync(shop, await PaywallBrowserTests.TextAsync(shop));

    /// <summary>What a chat's preview is told.</summary>
    private static async Task<Person> ResourcePriceAsync(BrowserShop shop)
    {
        var person = await shop.NewPersonAsync();
        await person.Context.SetExtraHTTPHeadersAsync([KeyValuePair.Create("Sec-Purpose", "prefetch")]);
        return await At(person, $"/r/{await PaywallBrowserTests.TextAsync(shop)}");
    }

    private static async Task<Person> ResourceRefundedAsync(BrowserShop shop)
    {
        var code = await PaywallBrowserTests.TextAsync(shop);
        var buyer = await PaywallBrowserTests.BoughtAsync(shop, code);
        var number = await PaywallBrowserTests.LastOrderAsync(shop);
        await using var admin = await At(await DemoAsync(shop, "admin"), $"/admin/orders/{number}/refund");
        await admin.Page.Locator("main [name^='Money']").FillAsync("1.00");
        await admin.FillAsync("Reason", "asked by letter");
        await admin.SubmitAsync("#refund button");
        await admin.SubmitAsync("#make button");
        await buyer.GoAsync($"/r/{code}?o={number}");
        return buyer;
    }

    /// <summary>Somebody else comes to an order that is paid, with the hash of its contract or without anything.</summary>
    private static async Task<Person> WallOfPaidAsync(BrowserShop shop, bool withHash)
    {
        await using var buyer = await PaywallBrowserTests.BoughtAsync(shop, await PaywallBrowserTests.TextAsync(shop));
        var number = await PaywallBrowserTests.LastOrderAsync(shop);
        var hash = await shop.ExecuteAsync("SELECT contract_hash FROM matrix_orders WHERE order_id = (SELECT id FROM orders WHERE number = $1)", number);
        return await At(await shop.NewPersonAsync(), $"/orders/{number}{(withHash ? $"?h_contract={hash}" : "")}");
    }

    /// <summary>The address of an order that another browser was given, with something below it.</summary>
    private static async Task<string> NewWallAsync(BrowserShop shop, string below = "")
    {
        await using var reader = await At(await shop.NewPersonAsync(), $"/r/{await PaywallBrowserTests.TextAsync(shop)}");
        var at = new Uri(reader.Page.Url);
        return $"{at.AbsolutePath}{below}{at.Query}";
    }

    private static async Task<Person> WallOfAnotherBrowserAsync(BrowserShop shop) => await At(await shop.NewPersonAsync(), await NewWallAsync(shop));

    /// <summary>Somebody else has begun to pay it.</summary>
    private static async Task<Person> WallTakenAsync(BrowserShop shop)
    {
        await using var payer = await WallOfAnotherBrowserAsync(shop);
        await payer.SubmitAsync("[data-testid=pay-here]");
        var order = await PaywallBrowserTests.LastOrderAsync(shop);
        var hash = await shop.ExecuteAsync("SELECT contract_hash FROM matrix_orders WHERE order_id = (SELECT id FROM orders WHERE number = $1)", order);
        return await At(await shop.NewPersonAsync(), $"/orders/{order}?h_contract={hash}");
    }

    private static async Task<Person> WallOverAsync(BrowserShop shop)
    {
        var at = await NewWallAsync(shop);
        await shop.ExecuteAsync("UPDATE orders SET state = 'expired' WHERE number = $1", at.Split('/', '?')[2]);
        return await At(await shop.NewPersonAsync(), at);
    }

    /// <summary>A recovery code was used, in the browser that is to read or, by the address of that one, in another.</summary>
    private static async Task<Person> RecoveredAsync(BrowserShop shop, bool elsewhere)
    {
        var code = await PaywallBrowserTests.TextAsync(shop);
        await using var buyer = await PaywallBrowserTests.BoughtAsync(shop, code);
        var number = await PaywallBrowserTests.LastOrderAsync(shop);
        await buyer.GoAsync($"/orders/{number}");
        var recovery = await buyer["recovery-code"].InnerTextAsync();
        var person = await At(await shop.NewPersonAsync(), elsewhere ? await NewWallAsync(shop) : $"/r/{code}");
        await person.Page.Locator("main details:has(#recover) summary").ClickAsync();
        await person.FillAsync("Paid", number);
        await person.FillAsync("Code", recovery);
        await person.SubmitAsync("#recover button");
        return person;
    }

    private static async Task<Person> ResourceNotSoldAsync(BrowserShop shop)
    {
        var code = await PaywallBrowserTests.TextAsync(shop);
        await shop.ExecuteAsync("UPDATE resources SET on_sale = $2 WHERE code = $1", code, false);
        return await At(await shop.NewPersonAsync(), $"/r/{code}");
    }

    private static async Task<Person> WallErrorsAsync(BrowserShop shop)
    {
        var person = await At(await shop.NewPersonAsync(), $"/r/{await PaywallBrowserTests.TextAsync(shop)}");
        await person.Page.Locator("main details:has(#recover) summary").ClickAsync();
        await person.FillAsync("Paid", await PaywallBrowserTests.LastOrderAsync(shop));
        await person.FillAsync("Code", "not-a-code");
        await person.SubmitAsync("#recover button");
        return person;
    }

    private static async Task<Person> ResourceReceiptAsync(BrowserShop shop)
    {
        var buyer = await ResourceAsync(shop);
        return await At(buyer, $"/orders/{await PaywallBrowserTests.LastOrderAsync(shop)}");
    }

    /// <summary>Staff ask somebody to pay: what will be said, or what was asked for.</summary>
    private static async Task<Person> RequestAsync(BrowserShop shop, string amount, bool isMade)
    {
        var admin = await At(await DemoAsync(shop, "admin"), "/admin/orders/requests");
        await admin.FillAsync("Summary", "A page of the almanac");
        await admin.FillAsync("Amount", amount);
        await admin.FillAsync("SendTo", isMade ? "" : "sam@example.org");
        await admin.SubmitAsync("#request button");
        if (isMade)
        {
            await admin.SubmitAsync("#make button");
            await admin.Page.Locator("[data-testid=request] summary").First.ClickAsync();
        }

        return admin;
    }

    private static async Task<Person> RequestedAsync(BrowserShop shop, bool isPaid)
    {
        await using var admin = await RequestAsync(shop, "1.50", isMade: true);
        var link = (await admin.Page.Locator("[data-testid=request-text]").First.InnerTextAsync()).Split(' ')[^1];
        var person = await At(await shop.NewPersonAsync(), new Uri(link).PathAndQuery);
        return isPaid ? await PaywallBrowserTests.PaidAsync(person) : person;
    }

    private static async Task<Person> ResourceErrorsAsync(BrowserShop shop)
    {
        var admin = await At(await DemoAsync(shop, "admin"), "/admin/catalogue/resources/new");
        await admin.FillAsync("Name", "a/b");
        await admin.SubmitAsync("#edit button");
        return admin;
    }

    private static async Task<Person> DeclinedInFieldsAsync(BrowserShop shop)
    {
        var buyer = await ProviderPageTests.ArriveAsync(shop);
        await ProviderPageTests.EnterAsync(buyer, ProviderPageTests.Declined);
        await ProviderPageTests.PaysAsync(buyer);
        await buyer.Page.Locator("[data-problem]:visible").WaitForAsync();
        return buyer;
    }

    /// <summary>What is there without scripts; the checks need them, so the page's own are held back.</summary>
    private static async Task<Person> PayWithoutScriptAsync(BrowserShop shop)
    {
        var buyer = await ProviderPageTests.ArriveAsync(shop);
        await buyer.Page.RouteAsync("**/*", route => route.Request.ResourceType == "script" ? route.FulfillAsync(new() { Body = "", ContentType = "text/javascript" }) : route.ContinueAsync());
        await buyer.Page.ReloadAsync();
        return buyer;
    }

    private static async Task<Person> SetupInFieldsAsync(BrowserShop shop)
    {
        var person = await shop.NewPersonAsync(at: await shop.CardShopAsync());
        await person.RegisterAsync();
        await person.GoAsync("/account/payment-methods");
        await person.Page.SelectOptionAsync("#Provider", "stripe");
        await person.SubmitAsync("#add button");
        await person.Page.FrameLocator("[data-mount] iframe").GetByTestId("card").WaitForAsync();
        return person;
    }

    private static async Task<Person> AdminAtCardShopAsync(BrowserShop shop)
    {
        var admin = await shop.NewPersonAsync(at: await shop.CardShopAsync());
        await admin.SignInAsync("admin", ShopHost.Password);
        return await At(admin, "/admin/payments");
    }

    /// <summary>A member who is asked to swap names.</summary>
    private static async Task<Person> SwapAsync(BrowserShop shop)
    {
        var asked = await shop.NewPersonAsync();
        var name = await asked.RegisterAsync();
        await using var other = await PaidAsync(shop, "rename", null);
        await other.AddAsync("rename");
        await other.PlaceAsync();
        await other.AtTheBankAsync("ok");
        await other.GoAsync("/account/rename");
        await other.FillAsync("With", name);
        await other.SubmitAsync("#swap button");
        return await At(asked, "/account/rename");
    }

    private static async Task<Person> SwapErrorsAsync(BrowserShop shop)
    {
        var person = await At(await NewMemberAsync(shop), "/account/rename");
        await person.FillAsync("With", "nobody-like-this");
        await person.SubmitAsync("#swap button");
        return person;
    }

    private static Func<BrowserShop, Task<Person>> VisitorAt(string path) => async shop => await At(await shop.NewPersonAsync(), path);

    private static Func<BrowserShop, Task<Person>> BrokenShopAt(string path) => async shop => await At(await shop.NewPersonAsync(at: await shop.BrokenShopAsync()), path);

    private static Func<BrowserShop, Task<Person>> NewMemberAt(string path) => async shop => await At(await NewMemberAsync(shop), path);

    private static Func<BrowserShop, Task<Person>> DemoMemberAt(string path) => async shop => await At(await DemoAsync(shop, "member"), path);

    private static Func<BrowserShop, Task<Person>> AdminAt(string path) => async shop => await At(await DemoAsync(shop, "admin"), path);

    private static int sellers;

    /// <summary>A seller with a product whose price the buyer names, made at the desk; then the page, whose path has the seller's short name as {0}.</summary>
    private static async Task<Person> SellingAsync(BrowserShop shop, string path)
    {
        var handle = $"radio{Interlocked.Increment(ref sellers)}";
        var admin = await DemoAsync(shop, "admin");
        await admin.GoAsync("/admin/sellers");
        await admin.Page.FillAsync("#Handle", handle);
        await admin.Page.FillAsync("#Name", "Harbour Radio");
        await admin.Page.FillAsync("#Contact", "help@radio.example");
        await admin.SubmitAsync("form:has(#Handle) button");
        await admin.GoAsync($"/admin/sellers/{handle}/products/new");
        await admin.Page.FillAsync("#Code", handle + "-album");
        await admin.Page.FillAsync("#Title", "An album of the harbour");
        await admin.Page.SelectOptionAsync("#Pricing", "custom");
        await admin.Page.FillAsync("#Least", "2.00");
        await admin.Page.FillAsync("#Most", "50.00");
        await admin.Page.CheckAsync("#OnSale");
        await admin.SubmitAsync("form:has(#Code) button");
        return await At(admin, string.Format(System.Globalization.CultureInfo.InvariantCulture, path, handle));
    }

    private static async Task<Person> BuyErrorsAsync(BrowserShop shop)
    {
        var person = await SellingAsync(shop, "/buy/{0}-album");
        await person.Page.FillAsync("#Amount", "50.01");
        await person.SubmitAsync("form:has(#Amount) button");
        return person;
    }

    private static async Task<Person> At(Person person, string path)
    {
        await person.GoAsync(path);
        return person;
    }

    private static async Task<Person> DemoAsync(BrowserShop shop, string name)
    {
        var person = await shop.NewPersonAsync();
        await person.SignInAsync(name, ShopHost.Password);
        return person;
    }

    private static async Task<Person> NewMemberAsync(BrowserShop shop)
    {
        var person = await shop.NewPersonAsync();
        await person.RegisterAsync();
        return person;
    }

    /// <summary>A new member who has points.</summary>
    private static async Task<Person> RichMemberAsync(BrowserShop shop)
    {
        var person = await shop.NewPersonAsync();
        await shop.GivePointsAsync(await person.RegisterAsync(), 240);
        return person;
    }

    private static async Task<Person> CodesAsync(BrowserShop shop, params (string Field, string Value)[] fields)
    {
        var admin = await At(await DemoAsync(shop, "admin"), "/admin/codes?kind=invitation");
        await admin.Page.SelectOptionAsync("#Class", "paid");
        foreach (var (field, value) in fields)
        {
            await admin.FillAsync(field, value);
        }

        await admin.SubmitAsync("section[aria-labelledby=new] form button");
        return admin;
    }

    /// <summary>A new member was given a lantern and looks at it, or at the page where it is shown.</summary>
    private static async Task<Person> VirtualGiftAsync(BrowserShop shop, bool accepted)
    {
        var friend = await shop.NewPersonAsync();
        var name = await friend.RegisterAsync();
        await using var giver = await NewMemberAsync(shop);
        await giver.AddAsync("gift_lantern", name, LongNote);
        await giver.PlaceAsync();
        await giver.AtTheBankAsync("ok");
        await friend.GoAsync("/account/gifts");
        if (!accepted)
        {
            return friend;
        }

        await friend.SubmitAsync("[data-testid=gift-accept]");
        return await At(friend, $"/members/{name}");
    }

    private static async Task<Person> CatalogueErrorsAsync(BrowserShop shop, string path, string button)
    {
        var admin = await At(await DemoAsync(shop, "admin"), path);
        await admin.SubmitAsync(button);
        return admin;
    }

    /// <summary>The desk looks up a member who was given a rename token.</summary>
    private static async Task<Person> DeskLookUpAsync(BrowserShop shop)
    {
        await using var friend = await shop.NewPersonAsync();
        var name = await friend.RegisterAsync();
        await using var giver = await NewMemberAsync(shop);
        await giver.AddAsync("rename", name);
        await giver.PlaceAsync();
        await giver.AtTheBankAsync("ok");
        return await At(await DemoAsync(shop, "admin"), $"/admin/deliveries?q={name}");
    }

    /// <summary>An order that somebody bought, as staff see it.</summary>
    private static async Task<(Person Admin, string Number)> DeskOrderAsync(BrowserShop shop)
    {
        await using var buyer = await PaidAsync(shop, "paid1", null);
        var number = buyer.Path.Split('/')[^1];
        return (await At(await DemoAsync(shop, "admin"), $"/admin/orders/{number}"), number);
    }

    private static async Task<Person> FlaggedOrderAsync(BrowserShop shop)
    {
        var (admin, number) = await DeskOrderAsync(shop);
        await shop.ExecuteAsync(
            $"INSERT INTO order_flags (order_id, kind, raised_at, by) SELECT id, 'refund_seen', paid_at, 'provider' FROM orders WHERE number = '{number}'");
        return await At(admin, $"/admin/orders/{number}");
    }

    private static async Task<Person> DeskRefundAsync(BrowserShop shop, string money, string reason)
    {
        var (admin, number) = await DeskOrderAsync(shop);
        await admin.GoAsync($"/admin/orders/{number}/refund");
        await admin.Page.Locator("main [name^='Money']").FillAsync(money);
        await admin.FillAsync("Reason", reason);
        await admin.SubmitAsync("#refund button");
        return admin;
    }

    private static async Task<Person> ReceiptAsync(BrowserShop shop)
    {
        var buyer = await PaidAsync(shop, "paid1", null);
        return await At(buyer, buyer.Path + "/receipt");
    }

    /// <summary>A buyer gives an order back and looks at what that is worth.</summary>
    private static async Task<Person> CreditNoteAsync(BrowserShop shop)
    {
        var buyer = await GiveBackAsync(shop, isPreview: true);
        await buyer.SubmitAsync("#make button");
        await buyer.GoAsync("/account/orders");
        return await At(buyer, await buyer.Page.Locator("[data-testid=to-credit-note]").GetAttributeAsync("href") ?? "");
    }

    /// <summary>A buyer gives an order back within the days of the rules.</summary>
    private static async Task<Person> GiveBackAsync(BrowserShop shop, bool isPreview)
    {
        var buyer = await PaidAsync(shop, "paid1", null);
        await buyer.GoAsync(buyer.Path + "/refund");
        if (isPreview)
        {
            await buyer.Page.Locator("main [name=Lines]").CheckAsync();
            await buyer.SubmitAsync("#refund button");
        }

        return buyer;
    }

    private static async Task<Person> ExtendErrorsAsync(BrowserShop shop)
    {
        var person = await At(await DemoAsync(shop, "member"), "/account/extend");
        await person.Page.EvaluateAsync("() => document.querySelector('main form [name=Sku]:checked').value = 'nothing'");
        await person.SubmitAsync("main form button");
        return person;
    }

    private static async Task<Person> FormErrorsAsync(BrowserShop shop, string path, params (string Field, string Value)[] fields)
    {
        var person = await At(await shop.NewPersonAsync(), path);
        // the shop's answer is wanted, not the browser's own
        await person.Page.EvaluateAsync("() => document.querySelector('main form').noValidate = true");
        foreach (var (field, value) in fields)
        {
            await person.FillAsync(field, value);
        }

        await person.SubmitAsync("main form button");
        return person;
    }

    private static async Task<Person> FrontWithOpenCartAsync(BrowserShop shop)
    {
        var person = await CartOfMemberAsync(shop);
        await person.GoAsync("/");
        await person.Page.Locator(".cart summary").ClickAsync();
        return person;
    }

    private static Task<Person> ProductErrorsAsync(BrowserShop shop) =>
        FormErrorsAsync(shop, "/shop/paid12", ("Recipient", "nobody_of_that_name"), ("Note", LongNote));

    private static async Task<Person> CartOfVisitorAsync(BrowserShop shop)
    {
        var person = await shop.NewPersonAsync();
        await person.AddAsync("paid2", "friend", LongNote);
        await person.AddAsync("prem6", "admin");
        return person;
    }

    private static async Task<Person> CartOfMemberAsync(BrowserShop shop)
    {
        var person = await RichMemberAsync(shop);
        await person.AddAsync("paid6");
        await person.AddAsync("paid1", "friend", LongNote);
        return person;
    }

    private static async Task<Person> CartWithPointsAsync(BrowserShop shop)
    {
        var person = await CartOfMemberAsync(shop);
        await person.UsePointsAsync();
        return person;
    }

    private static async Task<Person> CartErrorsAsync(BrowserShop shop)
    {
        var person = await CartOfMemberAsync(shop);
        await person.SubmitAsync("form[action*='Remove'] button.second");
        return person;
    }

    /// <summary>A visitor of the shop with promotions: one counts, one stays, one misses something, one is for members.</summary>
    private static async Task<Person> EnterCodeAsync(BrowserShop shop, params string[] codes)
    {
        var person = await shop.NewPersonAsync(at: await shop.BrokenShopAsync());
        await person.AddAsync("prem6", "friend");
        foreach (var code in codes)
        {
            await person.Page.FillAsync("#Code", code);
            await person.SubmitAsync("form[action$='handler=Code'] button");
        }

        return person;
    }

    private static Task<Person> PromotedCartAsync(BrowserShop shop) => EnterCodeAsync(shop, "moon-10", "harbour");

    private static async Task<Person> PromotionsAsync(BrowserShop shop)
    {
        var admin = await shop.NewPersonAsync(at: await shop.BrokenShopAsync());
        await admin.SignInAsync("admin", ShopHost.Password);
        return await At(admin, "/admin/promotions");
    }

    private static async Task<Person> CheckoutOfMemberAsync(BrowserShop shop) => await At(await CartWithPointsAsync(shop), "/checkout");

    private static async Task<Person> CheckoutOfVisitorAsync(BrowserShop shop, string? recipient)
    {
        var person = await shop.NewPersonAsync();
        await person.AddAsync("paid6", recipient);
        return await At(person, "/checkout");
    }

    private static async Task<Person> CheckoutWithPointsAsync(BrowserShop shop)
    {
        var person = await RichMemberAsync(shop);
        await person.AddAsync("paid1");
        return await At(person, "/checkout");
    }

    private static async Task<Person> CheckoutErrorsAsync(BrowserShop shop)
    {
        var person = await CheckoutOfVisitorAsync(shop, "friend");
        await person.Page.EvaluateAsync("() => document.querySelector('main form').noValidate = true");
        await person.FillAsync("Email", "nobody@");
        await person.SubmitAsync("[data-testid='place-order']");
        return person;
    }

    /// <summary>At the bank, having asked the shop to keep the card.</summary>
    private static async Task<Person> KeepingAtTheBankAsync(BrowserShop shop)
    {
        var person = await NewMemberAsync(shop);
        await person.AddAsync("paid1");
        await person.GoAsync("/checkout");
        await person["save-card"].CheckAsync();
        await person["place-order"].ClickAsync();
        await person.Page.WaitForURLAsync("**/sandbox/pay/**");
        return person;
    }

    private static async Task<Person> SavedCardAsync(BrowserShop shop)
    {
        var person = await KeepingAtTheBankAsync(shop);
        await person.AtTheBankAsync("ok");
        return person;
    }

    /// <summary>A month that renews by itself is in the cart.</summary>
    private static async Task<Person> RenewingCartAsync(BrowserShop shop)
    {
        var person = await NewMemberAsync(shop);
        await person.GoAsync("/shop/paid1");
        await person.Page.Locator("#Renew").CheckAsync();
        await person["add-to-cart"].ClickAsync();
        await person.Page.WaitForURLAsync("**/cart");
        return person;
    }

    /// <summary>The page of a subscription that was just bought with this kind of card.</summary>
    internal static async Task<Person> SubscriberAsync(BrowserShop shop, string card = "ok")
    {
        var person = await RenewingCartAsync(shop);
        await person.GoAsync("/checkout");
        await person["place-order"].ClickAsync();
        await person.Page.WaitForURLAsync("**/sandbox/pay/**");
        await person.Page.Locator($"[name='card'][value='{card}']").CheckAsync();
        await person.AtTheBankAsync("ok");
        await person.GoAsync("/account/subscriptions");
        await person.Page.Locator("[data-testid=subscription] h2 a").ClickAsync();
        await person.Page.WaitForURLAsync("**/account/subscriptions/*");
        return person;
    }

    /// <summary>Paused until its time was over, and resumed with a card that the bank refuses.</summary>
    private static async Task<Person> UnpaidSubscriberAsync(BrowserShop shop)
    {
        var person = await SubscriberAsync(shop, "declined");
        await person.SubmitAsync("[data-testid=pause]");
        await shop.ExecuteAsync("UPDATE subscriptions SET paid_through = created_at WHERE handle = $1", person.Path.Split('/')[^1]);
        await person.Page.ReloadAsync();
        await person.SubmitAsync("[data-testid=resume]");
        return person;
    }

    private static async Task<Person> CancelSubscriptionAsync(BrowserShop shop)
    {
        var person = await SubscriberAsync(shop);
        return await At(person, person.Path + "/cancel");
    }

    internal static async Task<Person> FixAsync(BrowserShop shop)
    {
        var person = await UnpaidSubscriberAsync(shop);
        await person.Page.Locator("main a[href^='/buy/fix/']").ClickAsync();
        await person.Page.WaitForURLAsync("**/buy/fix/*");
        return person;
    }

    private static async Task<Person> FixErrorsAsync(BrowserShop shop)
    {
        var person = await FixAsync(shop);
        await person.Page.Locator("[data-testid=fix-same] input").EvaluateAsync("input => { input.checked = false; }");
        await person.SubmitAsync("[data-testid=fix-pay]");
        return person;
    }

    private static async Task<Person> RemoveChargedCardAsync(BrowserShop shop)
    {
        var person = await At(await SubscriberAsync(shop), "/account/payment-methods");
        await person.SubmitAsync("[formaction*='Ask']");
        return person;
    }

    private static async Task<Person> AddedAsync(Person person)
    {
        await person.AddAsync("paid2");
        return person;
    }

    private static async Task<Person> RemoveCardAsync(BrowserShop shop)
    {
        var person = await At(await SavedCardAsync(shop), "/account/payment-methods");
        await person.SubmitAsync("[formaction*='Ask']");
        return person;
    }

    private static async Task<Person> AtTheBanksSetupAsync(BrowserShop shop)
    {
        var person = await At(await NewMemberAsync(shop), "/account/payment-methods");
        await person.SubmitAsync("#add button");
        return person;
    }

    /// <summary>The page of a setup that was left open at the bank.</summary>
    private static async Task<Person> SetupAsync(BrowserShop shop)
    {
        var person = await AtTheBanksSetupAsync(shop);
        var back = await shop.ExecuteAtBankAsync("SELECT return_url FROM setups WHERE id = $1", new Uri(person.Page.Url).Segments[^1]);
        return await At(person, new Uri($"{back}").AbsolutePath);
    }

    private static async Task<Person> AtTheBankAsync(BrowserShop shop)
    {
        var person = await NewMemberAsync(shop);
        await person.AddAsync("paid12");
        await person.PlaceAsync();
        await person.Page.WaitForURLAsync("**/sandbox/pay/**");
        return person;
    }

    private static async Task<Person> BankErrorsAsync(BrowserShop shop)
    {
        var person = await AtTheBankAsync(shop);
        await person.Page.EvaluateAsync("() => document.querySelector('[name=token]').value = 'stale'");
        await person.SubmitAsync("button[value='ok']");
        return person;
    }

    private static async Task<Person> BankPaidAsync(BrowserShop shop)
    {
        var person = await AtTheBankAsync(shop);
        var bank = person.Page.Url;
        await person.AtTheBankAsync("ok");
        return await At(person, bank);
    }

    /// <summary>Who changes the cart and places again ends the first payment.</summary>
    private static async Task<Person> BankCancelledAsync(BrowserShop shop)
    {
        var person = await AtTheBankAsync(shop);
        var bank = person.Page.Url;
        await person.AddAsync("paid1");
        await person.PlaceAsync();
        return await At(person, bank);
    }

    private static async Task<Person> BankPaymentsAsync(BrowserShop shop) => await At(await AtTheBankAsync(shop), "/sandbox/payments");

    private static async Task<Person> PayPageAsync(BrowserShop shop)
    {
        var person = await AtTheBankAsync(shop);
        return await At(person, $"/checkout/{await shop.OrderAtBankAsync(person.Page.Url)}/pay");
    }

    private static async Task<Person> PayEndedAsync(BrowserShop shop)
    {
        var person = await AtTheBankAsync(shop);
        var number = await shop.OrderAtBankAsync(person.Page.Url);
        await shop.ExecuteAsync(
            "UPDATE payment_attempts SET state = 'failed', reason = 'insufficient_funds' WHERE order_id = (SELECT id FROM orders WHERE number = $1)", number);
        return await At(person, $"/checkout/{number}/pay");
    }

    private static async Task<Person> PayWaitingAsync(BrowserShop shop)
    {
        var person = await shop.NewPersonAsync(at: await shop.BrokenShopAsync());
        await person.SignInAsync("member", ShopHost.Password);
        await person.AddAsync("prem12");
        await person.PlaceAsync("DE");
        return person;
    }

    private static async Task<Person> PayErrorsAsync(BrowserShop shop)
    {
        var person = await PayEndedAsync(shop);
        await person.Page.EvaluateAsync("() => document.querySelectorAll('[name=Provider]').forEach(choice => choice.checked = false)");
        await person.SubmitAsync("main form button");
        return person;
    }

    private static async Task<Person> PaidAsync(BrowserShop shop, string sku, string? recipient)
    {
        // twelve months cost more than the points that a rich one has
        var person = sku == "prem12" ? await RichMemberAsync(shop) : await NewMemberAsync(shop);
        await person.AddAsync(sku, recipient, recipient is null ? null : LongNote);
        await person.PlaceAsync();
        await person.AtTheBankAsync("ok");
        return person;
    }

    /// <summary>For somebody of one's own: time that other scenes gave would be in the way.</summary>
    private static async Task<Person> GiftAsync(BrowserShop shop, string sku)
    {
        await using var friend = await shop.NewPersonAsync();
        return await PaidAsync(shop, sku, await friend.RegisterAsync());
    }

    private static string Day(int ahead) => Core.Days.Text(Core.Days.Of(TimeProvider.System.GetUtcNow()).AddDays(ahead));

    private static async Task<Person> ProductFarDateAsync(BrowserShop shop)
    {
        var person = await NewMemberAsync(shop);
        await person.GoAsync("/shop/paid1");
        await person.FillAsync("DeliverOn", Day(300));
        await person.SubmitAsync("main form button");
        return person;
    }

    /// <summary>The same gift as staff change it.</summary>
    private static async Task<Person> DeskDeliveryAsync(BrowserShop shop)
    {
        await using var friend = await shop.NewPersonAsync();
        var name = await friend.RegisterAsync();
        await using var giver = await WaitingGiftAsync(shop, name);
        var admin = await At(await DemoAsync(shop, "admin"), $"/admin/deliveries?q={name}");
        return await At(admin, (await admin.Page.GetByTestId("delivery-change").First.GetAttributeAsync("href"))!);
    }

    /// <summary>A gift that waits for its day, for somebody of one's own.</summary>
    private static async Task<Person> WaitingGiftAsync(BrowserShop shop)
    {
        await using var friend = await shop.NewPersonAsync();
        return await WaitingGiftAsync(shop, await friend.RegisterAsync());
    }

    private static async Task<Person> WaitingGiftAsync(BrowserShop shop, string name)
    {
        var person = await NewMemberAsync(shop);
        await person.GoAsync("/shop/paid1");
        await person.FillAsync("Recipient", name);
        await person.FillAsync("Note", LongNote);
        await person.FillAsync("DeliverOn", Day(30));
        await person.SubmitAsync("main form button");
        await person.PlaceAsync();
        await person.AtTheBankAsync("ok");
        return person;
    }

    private static async Task<Person> ChangeGiftAsync(BrowserShop shop)
    {
        var person = await WaitingGiftAsync(shop);
        await person.GoAsync("/account/gifts");
        return await At(person, (await person.Page.Locator("[data-testid=gift-change]").First.GetAttributeAsync("href"))!);
    }

    private static async Task<Person> ChangeGiftErrorsAsync(BrowserShop shop)
    {
        var person = await ChangeGiftAsync(shop);
        await person.FillAsync("Recipient", "nobody_of_that_name");
        await person.SubmitAsync("main form button");
        return person;
    }

    private static async Task<Person> MailedGiftAsync(BrowserShop shop)
    {
        var person = await PaidAsync(shop, "paid1", $"{Core.Codes.New(8)}@example.org");
        await person.GoAsync("/account/gifts");
        return await At(person, (await person.Page.GetByTestId("gift-change").First.GetAttributeAsync("href"))!);
    }

    /// <summary>The recipient banned the giver while the gift was being paid.</summary>
    private static async Task<Person> StuckGiftAsync(BrowserShop shop)
    {
        await using var friend = await shop.NewPersonAsync();
        var name = await friend.RegisterAsync();
        var person = await shop.NewPersonAsync();
        var giver = await person.RegisterAsync();
        await person.AddAsync("paid1", name);
        await person.PlaceAsync();
        await friend.GoAsync("/account/settings");
        await friend.FillAsync("Name", giver);
        await friend.SubmitAsync("form[action*='Ban'] button");
        await person.AtTheBankAsync("ok");
        await person.GoAsync("/account/gifts");
        return await At(person, (await person.Page.GetByTestId("gift-change").First.GetAttributeAsync("href"))!);
    }

    /// <summary>A gift that the person got and looks at before giving it back.</summary>
    private static async Task<Person> ReturnGiftAsync(BrowserShop shop)
    {
        var person = await shop.NewPersonAsync();
        var name = await person.RegisterAsync();
        await using var giver = await PaidAsync(shop, "paid1", name);
        await person.GoAsync("/account/gifts");
        return await At(person, (await person.Page.GetByTestId("gift-give-back").First.GetAttributeAsync("href"))!);
    }

    private static async Task<Person> ClaimAsync(BrowserShop shop)
    {
        var person = await shop.NewPersonAsync();
        var name = await person.RegisterAsync();
        await using var giver = await PaidAsync(shop, "paid1", Person.MailOf(name));
        await person.FollowMailAsync(name, "gives you");
        return person;
    }

    /// <summary>A member follows the link of a reminder, which would otherwise come two weeks before the end.</summary>
    private static async Task<Person> RemindersAsync(BrowserShop shop)
    {
        var person = await shop.NewPersonAsync();
        var name = await person.RegisterAsync();
        await person.AddAsync("paid1", null, null);
        await person.PlaceAsync();
        await person.AtTheBankAsync("ok");
        await shop.ExecuteAsync(
            """
            INSERT INTO outbox (dedupe_key, kind, payload, created_at, due_at, attempts, dead, lease_until, lease_no)
            SELECT 'scene:' || m.account_id, 'mail.expiry',
                   json_object('accountId', m.account_id, 'until', strftime('%Y-%m-%dT%H:%M:%S', m.until / 1000, 'unixepoch') || printf('.%03d+00:00', m.until % 1000), 'stage', 0),
                   $2, $2, 0, 0, 0, 0
              FROM memberships m JOIN members u ON u.id = m.account_id WHERE u.user_name = $1
            """,
            name, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
        await person.FollowMailAsync(name, "No more reminders", "a[href*='/mail/reminders']");
        return person;
    }

    private static async Task<Person> ClaimOfVisitorAsync(BrowserShop shop)
    {
        var name = "luna_" + Core.Codes.New(8);
        await using var giver = await PaidAsync(shop, "paid1", Person.MailOf(name));
        var person = await shop.NewPersonAsync();
        await person.FollowMailAsync(name, "gives you");
        return person;
    }

    /// <summary>What a seller's page frames, looked at by itself.</summary>
    private static async Task<Person> FrameAsync(BrowserShop shop, string page, string more = "")
    {
        await FrameTests.SellAsync(shop.ExecuteAsync);
        return await At(await shop.NewPersonAsync(), $"/embed/{page}?key={FrameTests.Key}{more}");
    }

    private static async Task<Person> FrameDoneAsync(BrowserShop shop)
    {
        var person = await FrameAsync(shop, "buy/tea-pot");
        await person.FillAsync("Email", "luna@example.org");
        await person.SubmitAsync("[data-testid=buy]");
        await (await AtTheBankOfAFrameAsync(person, "ok")).CloseAsync();
        await person["embed-done"].WaitForAsync();
        return person;
    }

    /// <summary>What was pressed in the bank's window, which says then that it can be closed.</summary>
    private static async Task<Microsoft.Playwright.IPage> AtTheBankOfAFrameAsync(Person person, string outcome)
    {
        var bank = await person.Page.Context.RunAndWaitForPageAsync(() => person["embed-bank"].ClickAsync());
        await bank.Locator($"button[value='{outcome}']").ClickAsync();
        await bank.GetByTestId("embed-return").WaitForAsync();
        return bank;
    }

    private static async Task<Person> FrameDeclinedAsync(BrowserShop shop)
    {
        var person = await FramePayAsync(shop);
        await (await AtTheBankOfAFrameAsync(person, "declined")).CloseAsync();
        await person["error"].WaitForAsync();
        return person;
    }

    private static async Task<Person> FrameReturnAsync(BrowserShop shop)
    {
        var person = await FramePayAsync(shop);
        await using (var frame = person)
        {
            var at = (await AtTheBankOfAFrameAsync(frame, "ok")).Url;
            return await At(await shop.NewPersonAsync(), new Uri(at).PathAndQuery);
        }
    }

    /// <summary>In the shop that taxes by country.</summary>
    private static async Task<Person> FrameWithTaxAsync(BrowserShop shop)
    {
        var at = await shop.BrokenShopAsync();
        await FrameTests.SellAsync(shop.ExecuteAtBrokenShopAsync);
        return await At(await shop.NewPersonAsync(at: at), $"/embed/buy/tea-pot?key={FrameTests.Key}");
    }

    private static async Task<Person> FrameCountryErrorsAsync(BrowserShop shop)
    {
        var person = await FrameWithTaxAsync(shop);
        await person.FillAsync("Email", "luna@example.org");
        await person.SubmitAsync("[data-testid=buy]");
        return person;
    }

    private static async Task<Person> FrameConfirmAsync(BrowserShop shop)
    {
        var person = await FrameWithTaxAsync(shop);
        await person.Page.SelectOptionAsync("#Country", "DE");
        await person.SubmitAsync("[data-testid=buy]");
        return person;
    }

    private static async Task<Person> FrameConfirmErrorsAsync(BrowserShop shop)
    {
        var person = await FrameConfirmAsync(shop);
        await person.FillAsync("Email", "no address");
        await person.SubmitAsync("[data-testid=place-order]");
        return person;
    }

    /// <summary>The bank does not answer.</summary>
    private static async Task<Person> FrameWaitingAsync(BrowserShop shop)
    {
        var person = await FrameConfirmAsync(shop);
        await person.SubmitAsync("[data-testid=place-order]");
        return person;
    }

    /// <summary>In the shop with cards, where there is a choice of methods.</summary>
    private static async Task<Person> FrameMethodsAsync(BrowserShop shop)
    {
        var at = await shop.CardShopAsync();
        await FrameTests.SellAsync(shop.ExecuteAtCardShopAsync);
        var person = await At(await shop.NewPersonAsync(at: at), $"/embed/buy/tea-pot?key={FrameTests.Key}");
        await person.SubmitAsync("[data-testid=buy]");
        return person;
    }

    private static async Task<Person> FrameFieldsAsync(BrowserShop shop)
    {
        var person = await FrameMethodsAsync(shop);
        await person.Page.Locator("[name=Provider][value=stripe]").CheckAsync();
        await person.SubmitAsync("[data-testid=place-order]");
        await person.Page.FrameLocator("[data-mount] iframe").GetByTestId("card").WaitForAsync();
        return person;
    }

    private static async Task<Person> FrameFieldsDeclinedAsync(BrowserShop shop)
    {
        var person = await FrameFieldsAsync(shop);
        await ProviderPageTests.EnterAsync(person, ProviderPageTests.Declined);
        await ProviderPageTests.PaysAsync(person);
        await person.Page.Locator("[data-problem]:visible").WaitForAsync();
        return person;
    }

    /// <summary>The order was placed in the window that the frame opened, and waits for its money there.</summary>
    private static async Task<Person> FrameElsewhereAsync(BrowserShop shop)
    {
        await FrameTests.SellAsync(shop.ExecuteAsync);
        var person = await NewMemberAsync(shop);
        await person.GoAsync($"/embed/buy/tea-club?key={FrameTests.Key}");
        var window = await person.Page.Context.RunAndWaitForPageAsync(() => person["embed-window"].ClickAsync());
        await window.GetByTestId("buy").ClickAsync();
        await window.GetByTestId("place-order").ClickAsync();
        await window.WaitForURLAsync("**/sandbox/pay/**");
        await window.CloseAsync();
        await person["embed-window"].WaitForAsync(new() { State = Microsoft.Playwright.WaitForSelectorState.Detached });
        return person;
    }

    /// <summary>A seller who sells nothing at present.</summary>
    private static async Task<Person> FramePausedAsync(BrowserShop shop)
    {
        const string key = "em_paused";
        await shop.ExecuteAsync(
            """
            INSERT INTO sellers (handle, name, contact, embed_key, state, made_by, made_at)
            SELECT 'paused', 'Lantern workshop', 'help@lantern.test', $1, 'paused', id, $2 FROM members WHERE user_name = 'admin' ON CONFLICT DO NOTHING;
            INSERT INTO seller_products (seller_id, code, title, sale, pricing, amount_minor, currency, sign_in, on_sale, revision, made_at)
            SELECT id, 'lantern', 'A lantern', 'one_off', 'fixed', 900, 'USD', 'none', 1, 1, $2 FROM sellers WHERE embed_key = $1 ON CONFLICT DO NOTHING
            """,
            key, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
        return await At(await shop.NewPersonAsync(), $"/embed/buy/lantern?key={key}");
    }

    private static async Task<Person> FrameErrorsAsync(BrowserShop shop)
    {
        var person = await FrameAsync(shop, "buy/tea-pot");
        await person.FillAsync("Email", "no address");
        await person.SubmitAsync("[data-testid=buy]");
        return person;
    }

    private static async Task<Person> FramePayAsync(BrowserShop shop)
    {
        var person = await FrameAsync(shop, "buy/tea-pot");
        await person.SubmitAsync("[data-testid=buy]");
        return person;
    }

    private static async Task<Person> SettingsAsync(BrowserShop shop)
    {
        var person = await NewMemberAsync(shop);
        await person.GoAsync("/account/settings");
        await person.FillAsync("Name", "friend");
        await person.SubmitAsync("form[action*='Ban'] button");
        return person;
    }

    private static async Task<Person> SettingsErrorsAsync(BrowserShop shop)
    {
        var person = await NewMemberAsync(shop);
        await person.GoAsync("/account/settings");
        await person.FillAsync("Name", "nobody_of_that_name");
        await person.SubmitAsync("form[action*='Ban'] button");
        return person;
    }

    /// <summary>Signed in on two devices.</summary>
    private static async Task<Person> SecurityAsync(BrowserShop shop)
    {
        var person = await shop.NewPersonAsync();
        var name = await person.RegisterAsync();
        await using var elsewhere = await shop.NewPersonAsync();
        await elsewhere.SignInAsync(name, Person.Password);
        return await At(person, "/account/security");
    }

    private static async Task<Person> PasswordErrorsAsync(BrowserShop shop)
    {
        var person = await At(await NewMemberAsync(shop), "/account/security/password");
        await person.FillAsync("Current", Person.Password);
        await person.FillAsync("Password", "short");
        await person.FillAsync("ConfirmPassword", "short");
        await person.SubmitAsync("main form button");
        return person;
    }

    private static async Task<Person> AppKeyAsync(BrowserShop shop) => (await WithKeyAsync(shop)).Person;

    private static async Task<(Person Person, string Name, byte[] Key)> WithKeyAsync(BrowserShop shop)
    {
        var person = await shop.NewPersonAsync();
        var name = await person.RegisterAsync();
        await person.GoAsync("/account/security/app");
        await person.FillAsync("Password", Person.Password);
        await person.SubmitAsync("main form button");
        const string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        var bits = string.Concat((await person["totp-key"].InnerTextAsync()).Select(c => Convert.ToString(letters.IndexOf(c, StringComparison.Ordinal), 2).PadLeft(5, '0')));
        return (person, name, [.. bits.Chunk(8).Where(c => c.Length == 8).Select(c => Convert.ToByte(new string(c), 2))]);
    }

    private static async Task<(Person Person, string Name)> WithAppAsync(BrowserShop shop)
    {
        var (person, name, key) = await WithKeyAsync(shop);
        await person.FillAsync("Code", Web.Security.Totp.Code(key, Web.Security.Totp.StepAt(TimeProvider.System.GetUtcNow())));
        await person.SubmitAsync("#confirm button");
        return (person, name);
    }

    private static async Task<Person> PasskeyAsync(BrowserShop shop)
    {
        var person = await At(await NewMemberAsync(shop), "/account/security/passkeys");
        await person.FillAsync("Name", "My phone");
        await person.FillAsync("Password", Person.Password);
        await person.SubmitAsync("#add button");
        return person;
    }

    private static async Task<Person> LoginCodeAsync(BrowserShop shop)
    {
        var (owner, name) = await WithAppAsync(shop);
        await owner.DisposeAsync();
        return await FormErrorsAsync(shop, "/account/login", ("UserName", name), ("Password", Person.Password));
    }

    private static async Task<Person> LoginCodeErrorsAsync(BrowserShop shop)
    {
        var person = await LoginCodeAsync(shop);
        await person.FillAsync("Code", "not a code");
        await person.SubmitAsync("main form button");
        return person;
    }

    private static async Task<Person> CloseErrorsAsync(BrowserShop shop)
    {
        var person = await At(await NewMemberAsync(shop), "/account/data/close");
        await person.FillAsync("Password", "not-this-one-at-all");
        await person.SubmitAsync("main form button");
        return person;
    }

    private static async Task<Person> CommunitiesAsync(BrowserShop shop)
    {
        var name = "c_" + Core.Codes.New(12);
        var person = await DemoAsync(shop, "admin");
        await person.GoAsync("/admin/communities");
        await person.FillAsync("Name", name);
        await person.SubmitAsync("form[action*='Make'] button");
        await person.FillAsync("Community", name);
        await person.FillAsync("Maintainer", "friend");
        await person.SubmitAsync("form[action*='Maintain'] button");
        return person;
    }

    private static async Task<Person> RandomAsync(BrowserShop shop)
    {
        var drawn = await shop.NewPersonAsync();
        await shop.ActiveAsync(await drawn.RegisterAsync());
        return await At(await NewMemberAsync(shop), "/gifts/random");
    }

    /// <summary>A member who was never there before, one who pays for good, and one who takes no gifts.</summary>
    private static async Task<Person> CircleAsync(BrowserShop shop)
    {
        var (person, seed) = (await shop.NewPersonAsync(), await shop.NewPersonAsync());
        var (name, forGood) = (await person.RegisterAsync(), await seed.RegisterAsync());
        await shop.ExecuteAsync("INSERT INTO memberships (account_id, class, permanent, version) SELECT id, 'seed', 1, 0 FROM members WHERE user_name = $1", forGood);
        await shop.ExecuteAsync(
            "INSERT INTO circle (member_id, other_id, since) SELECT m.id, o.id, 0 FROM members m, members o WHERE m.user_name = $1 AND o.user_name IN ('friend', 'admin', $2)", name, forGood);
        return await At(person, "/account/circle");
    }

    private static async Task<Person> CircleErrorsAsync(BrowserShop shop)
    {
        var person = await At(await NewMemberAsync(shop), "/account/circle");
        await person.FillAsync("Name", "nobody_of_that_name");
        await person.SubmitAsync("form[action*='Add'] button");
        return person;
    }

    private static async Task<Person> ActivityErrorsAsync(BrowserShop shop)
    {
        var person = await At(await DemoAsync(shop, "admin"), "/admin/activity?name=member");
        await person.FillAsync("Posts", "many");
        await person.SubmitAsync("form[method=post][action*='activity'] button");
        return person;
    }

    /// <summary>A hidden community: no other scene draws any, so none is drawn away.</summary>
    private static async Task<Person> DrawsAsync(BrowserShop shop)
    {
        var admin = await CommunitiesAsync(shop);
        await shop.ActiveAsync((await admin.Page.Locator("[data-testid=community]").First.GetAttributeAsync("data-name"))!, members: 75);
        var person = await RichMemberAsync(shop);
        await person.GoAsync("/shop/paid1?chance=hidden_community");
        await person.SubmitAsync("[data-testid='add-to-cart']");
        await person.UsePointsAsync();
        await person.PlaceAsync();
        return await At(admin, "/admin/random");
    }

    private static async Task<Person> CommunitiesErrorsAsync(BrowserShop shop)
    {
        var person = await DemoAsync(shop, "admin");
        await person.GoAsync("/admin/communities");
        await person.FillAsync("Name", "No Good");
        await person.SubmitAsync("form[action*='Make'] button");
        return person;
    }

    private static async Task<Person> OrderByLinkAsync(BrowserShop shop)
    {
        await using var buyer = await GiftAsync(shop, "paid6");
        var link = await buyer.Page.Locator("a[href*='token=']").First.GetAttributeAsync("href");
        return await At(await shop.NewPersonAsync(), link ?? "");
    }

    private static async Task<Person> OrderAwaitingAsync(BrowserShop shop)
    {
        var person = await AtTheBankAsync(shop);
        return await At(person, $"/orders/{await shop.OrderAtBankAsync(person.Page.Url)}");
    }

    /// <summary>Later parts of the shop will bring these states about; the page has words for them already.</summary>
    private static async Task<Person> OrderInStateAsync(BrowserShop shop, string state, string delivery)
    {
        var person = await OrderAwaitingAsync(shop);
        if (state is "paid" or "refund_pending" or "refunded")
        {
            await person.GoAsync(person.Path.Replace("/orders/", "/checkout/", StringComparison.Ordinal) + "/pay");
            await person.Page.Locator("main a.button").ClickAsync();
            await person.AtTheBankAsync("ok");
        }

        var number = person.Path.Split('/')[^1];
        await shop.ExecuteAsync("UPDATE orders SET state = $1 WHERE number = $2", state, number);
        await shop.ExecuteAsync(
            "UPDATE deliveries SET state = $1 WHERE order_line_id IN (SELECT l.id FROM order_lines l JOIN orders o ON o.id = l.order_id WHERE o.number = $2)", delivery, number);
        await person.Page.ReloadAsync();
        return person;
    }

    /// <summary>Who changes the cart and places again cancels the first order.</summary>
    private static async Task<Person> OrderCancelledAsync(BrowserShop shop)
    {
        var person = await OrderAwaitingAsync(shop);
        var order = person.Path;
        await person.AddAsync("paid1");
        await person.PlaceAsync();
        return await At(person, order);
    }

    /// <summary>Fills the form of a transfer and goes on: to what will happen, or to what is wrong.</summary>
    private static async Task<Person> TransferAsync(BrowserShop shop, string points)
    {
        var person = await At(await RichMemberAsync(shop), "/account/points/transfer?for=friend");
        await person.FillAsync("Points", points);
        await person.FillAsync("Note", LongNote);
        await person.SubmitAsync("main form button");
        return person;
    }

    /// <summary>A member with a rename token, at its form, or gone on from there.</summary>
    private static async Task<Person> RenameAsync(BrowserShop shop, string? name)
    {
        var person = await At(await PaidAsync(shop, "rename", null), "/account/rename");
        if (name is not null)
        {
            await person.FillAsync("NewName", name);
            await person.SubmitAsync("#use button");
        }

        return person;
    }

    /// <summary>A member with half a year of paid time, at the form that turns it into points, or gone on from there.</summary>
    private static async Task<Person> ConvertAsync(BrowserShop shop, string? blocks)
    {
        var person = await At(await PaidAsync(shop, "paid6", null), "/account/points/convert");
        if (blocks is not null)
        {
            await person.FillAsync("Blocks", blocks);
            await person.SubmitAsync("main form button");
        }

        return person;
    }

    private static async Task<Person> AccountAsync(BrowserShop shop) => await At(await PaidAsync(shop, "paid6", null), "/account");

    private static async Task<Person> OrdersAsync(BrowserShop shop)
    {
        var person = await GiftAsync(shop, "prem12");
        await person.AddAsync("paid1");
        await person.AddAsync("paid6");
        await person.PlaceAsync();
        await person.Page.WaitForURLAsync("**/sandbox/pay/**");
        return await At(person, "/account/orders");
    }

    private static Task<Person> RegisterErrorsAsync(BrowserShop shop) => FormErrorsAsync(
        shop, "/account/register", ("UserName", "Moon Child"), ("Email", "moon@"), ("Password", "short"), ("ConfirmPassword", "shorter"));

    private static Task<Person> LoginErrorsAsync(BrowserShop shop) =>
        FormErrorsAsync(shop, "/account/login", ("UserName", "nobody_of_that_name"), ("Password", "wrong"));

    private static async Task<Person> ConfirmLinkAsync(BrowserShop shop)
    {
        var person = await shop.NewPersonAsync();
        await person.FollowMailAsync(await person.RegisterAsync(), "onfirm");
        return person;
    }

    private static Task<Person> ForgotSentAsync(BrowserShop shop) => FormErrorsAsync(shop, "/account/forgot", ("Email", "somebody@example.org"));

    private static async Task<Person> ResetAsync(BrowserShop shop, bool wrong)
    {
        var member = await shop.NewPersonAsync();
        var name = await member.RegisterAsync();
        await member.FollowMailAsync(name, "onfirm");
        await member.SubmitAsync("main form button");
        await member.DisposeAsync();
        var person = await FormErrorsAsync(shop, "/account/forgot", ("Email", Person.MailOf(name)));
        await person.FollowMailAsync(name, "password");
        if (wrong)
        {
            await person.FillAsync("Password", "dreamshop");
            await person.FillAsync("ConfirmPassword", "dreamshop2");
            await person.SubmitAsync("main form button");
        }

        return person;
    }

    private static async Task<Person> AdminEditAsync(BrowserShop shop, string text, string button)
    {
        var person = await At(await DemoAsync(shop, "admin"), "/admin/pages/terms");
        await person.FillAsync("Text", text);
        await person.SubmitAsync($"button[formaction*='{button}']");
        return person;
    }

    private static async Task<Person> RulesAsync(BrowserShop shop)
    {
        var person = await NewDraftAsync(shop);
        await person.GoAsync("/admin/rules");
        foreach (var section in await person.Page.Locator("summary").AllAsync())
        {
            await section.ClickAsync();
        }

        return person;
    }

    private static async Task<Person> RulesErrorsAsync(BrowserShop shop)
    {
        var person = await At(await DemoAsync(shop, "admin"), "/admin/rules");
        await person.SubmitAsync("#import-form button");
        return person;
    }

    private static async Task<Person> NewDraftAsync(BrowserShop shop)
    {
        var person = await At(await DemoAsync(shop, "admin"), "/admin/rules");
        await person.SubmitAsync("button[formaction*='Begin']");
        return person;
    }

    /// <summary>Where a draft's form for twelve months of paid time is, below the draft.</summary>
    private const string Year = "shop.prices?list=products&row=paid12";

    private static async Task<Person> RuleSectionAsync(BrowserShop shop, string place)
    {
        var person = await NewDraftAsync(shop);
        await person.GoAsync($"{person.Path}/{place}");
        return person;
    }

    /// <summary>A draft that makes a year of paid time dearer, after somebody bought one.</summary>
    private static async Task<Person> DearerYearAsync(BrowserShop shop)
    {
        await PaidAsync(shop, "paid12", null);
        var person = await RuleSectionAsync(shop, Year);
        await person.FillAsync("Values[priceMinor]", "45.00");
        await person.FillAsync("Values[points]", "450");
        await person.SubmitAsync("#values .button:not(.second)");
        return person;
    }

    private static async Task<Person> DeskMemberErrorsAsync(BrowserShop shop)
    {
        var person = await At(await DemoAsync(shop, "admin"), "/admin/members/member");
        await person.FillAsync("Amount", "1000000000000");
        await person.SubmitAsync("#change .button");
        return person;
    }

    private static async Task<Person> DraftErrorsAsync(BrowserShop shop)
    {
        var person = await DearerYearAsync(shop);
        await person.FillAsync("Reason", " ");
        await person.SubmitAsync("button[formaction*='Publish']");
        return person;
    }

    private static async Task<Person> RuleErrorsAsync(BrowserShop shop)
    {
        var person = await RuleSectionAsync(shop, Year);
        await person.FillAsync("Values[priceMinor]", "-5");
        await person.SubmitAsync("#values .button:not(.second)");
        return person;
    }

    private static async Task<Person> DevMailAsync(BrowserShop shop)
    {
        var person = await GiftAsync(shop, "paid1");
        var reference = await person["order-reference"].InnerTextAsync();
        await person.GoAsync("/account");
        await person.MailsAsync((await person.Page.Locator("h1").InnerTextAsync()).Trim(), reference);
        return person;
    }
}
