using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AngleSharp;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Shop.Accounts;
using Shop.Core;
using Shop.Payments;
using Shop.TestKit;
using Shop.Web.Hooks;
using Shop.Web.Mail;
using Shop.Web.Tests.Buying;

namespace Shop.Web.Tests.Events;

/// <summary>Events, mails and receivers as staff and members meet them.</summary>
public abstract class EventPageTests(TestDatabase database) : BuyingTests(database)
{
    private static readonly SemaphoreSlim Rules = new(1, 1);

    protected override ShopSettings Settings => new()
    {
        Values = new Dictionary<string, string?> { ["EventHooks:AllowPrivate"] = "true" }, Services = services => services.AddSingleton<HostLookup>(LookUp),
    };

    private Task PublishAsync(EventTerms terms) => WriteAsync((db, token) => Shop.Services.GetRequiredService<RuleBook>().PublishAsync(db, [terms], null, "test", Now, token));

    /// <summary>Receivers are the whole shop's: one test at a time has some.</summary>
    private async Task<string> ReceiverAsync(Visitor admin, string address)
    {
        await WriteAsync((db, token) => db.EventReceivers.Where(r => r.EndedAt == null).ExecuteUpdateAsync(set => set.SetProperty(r => r.EndedAt, Now), token));
        var page = await admin.SubmitAsync(await admin.GetAsync("/admin/events/receivers"), "#add", null, ("Address", address));
        return page.Text("receiver-secret")!;
    }

    [Fact]
    public async Task MZ_23_PaidOrder_IsToldToAProgramSignedAndOnce_AndTheDeskShowsIt()
    {
        await Rules.WaitAsync(Cancel);
        try
        {
            await Shop.WorkAsync(Cancel); // what others bought is told before
            await PublishAsync(new EventTerms { OrderPaid = Words.Of(EventRoute.Both) });
            using var receiver = new Receiver();
            var admin = await Shop.SignInAsync("admin");
            var secret = await ReceiverAsync(admin, receiver.Address);
            receiver.Answers.Enqueue(HttpStatusCode.InternalServerError);
            receiver.Answers.Enqueue(HttpStatusCode.Redirect); // is not followed

            var (visitor, name) = await MemberAsync();
            var page = await visitor.BuyAsync("paid1");
            for (var i = 0; i < 4; i++)
            {
                await MailsAsync(Address(name));
                Shop.Clock.Advance(TimeSpan.FromMinutes(1));
            }

            Assert.Equal(3, receiver.Calls.Count);
            var call = receiver.Calls[2];
            var request = new WebhookRequest(call.Body, new Dictionary<string, string> { ["Shop-Signature"] = call.Signature }, Now.AddMinutes(-1));
            Assert.Null(TimedSignature.FindFault("Shop-Signature", request, [secret]));
            Assert.Equal("wrong signature", TimedSignature.FindFault("Shop-Signature", request, ["another"]));
            var body = JsonDocument.Parse(call.Body).RootElement;
            var paid = await ReadAsync(db => db.ShopEvents.AsNoTracking().OrderByDescending(e => e.Id).FirstAsync(e => e.Kind == ShopEventKind.OrderPaid, Cancel));
            Assert.Equal(
                ($"evt_{paid.Id}", "order_paid", paid.OccurredAt, page.Text("order-reference"), 300),
                (body.GetProperty("id").GetString(), body.GetProperty("type").GetString(), body.GetProperty("changedAt").GetDateTimeOffset(), body.GetProperty("data").GetProperty("reference").GetString(),
                    body.GetProperty("data").GetProperty("amountMinor").GetInt32()));
            Assert.DoesNotContain(secret, (await admin.GetAsync("/admin/events/receivers")).Body, StringComparison.Ordinal);

            var shown = (await admin.GetAsync("/admin/events?kind=order_paid")).All("event").First(e => e.GetAttribute("data-id") == $"{paid.Id}");
            Assert.Equal(["sent", "sent"], shown.QuerySelectorAll("[data-testid=event-sent]").Select(s => s.GetAttribute("data-stand")));
        }
        finally
        {
            Rules.Release();
        }
    }

    [Fact]
    public async Task BouncingAddress_StandsOnTheDesk_AndCanBeSentAgain()
    {
        var (_, name) = await MemberAsync();
        await Shop.WorkAsync(Cancel);
        await WriteAsync(async (db, token) =>
        {
            var id = await db.Users.Where(m => m.UserName == name).Select(m => m.Id).FirstAsync(token);
            await db.Users.Where(m => m.Id == id).ExecuteUpdateAsync(set => set.SetProperty(m => m.Email, "no address"), token);
            await Outbox.AddOnceAsync(db, $"bounce:{name}", "mail.password_changed", new { memberId = id }, Now, Now, token);
            return id;
        });
        await Shop.WorkAsync(Cancel);
        var id = await ReadAsync(db => db.Outbox.Where(r => r.DedupeKey == $"bounce:{name}").Select(r => r.Id).FirstAsync(Cancel));
        var admin = await Shop.SignInAsync("admin");
        var page = await admin.GetAsync("/admin/events");
        var row = page.All("failed-message").Single(r => r.GetAttribute("data-id") == $"{id}");
        Assert.Contains("refused for good – no usable address", row.QuerySelector("[data-testid=failed-state]")!.TextContent, StringComparison.Ordinal);

        await WriteAsync((db, token) => db.Users.Where(m => m.UserName == name).ExecuteUpdateAsync(set => set.SetProperty(m => m.Email, Address(name)), token));
        await admin.SubmitAsync(page, $"[data-id='{id}'] form", null);
        Assert.Contains(await MailsAsync(Address(name)), mail => mail.Subject.Contains("password", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task MZ_24_CardAddedAfterASignInOnANewDevice_WarnsItsOwner_OnAKnownOneDoesNot()
    {
        var (known, name) = await MemberAsync();
        Shop.Clock.Advance(TimeSpan.FromHours(1));
        await known.PressAsync(await known.SubmitAsync(await known.GetAsync("/account/payment-methods"), "#add", null), "ok");
        Assert.DoesNotContain(await MailsAsync(Address(name)), IsWarning);

        var strange = await Shop.SignInAsync(name);
        await strange.PressAsync(await strange.SubmitAsync(await strange.GetAsync("/account/payment-methods"), "#add", null), "authenticate");
        var warning = Assert.Single(await MailsAsync(Address(name)), IsWarning);
        Assert.Contains("visa 3155", warning.Text, StringComparison.Ordinal);
        Assert.Contains("/account/payment-methods", warning.Link, StringComparison.Ordinal);
    }

    private static bool IsWarning(SentMail mail) => mail.Subject.Contains("new device", StringComparison.Ordinal);

    [Fact]
    public async Task Reminders_OneClickTurnsThemOff_SignedOutAndWithoutAFormToken_AndSettingsTurnThemOn()
    {
        var (member, name) = await MemberAsync();
        await member.BuyAsync("paid1");
        Shop.Clock.Advance(TimeSpan.FromDays(18));
        member = await Shop.SignInAsync(name);
        var reminder = (await MailsAsync(Address(name)))[^1];
        var off = reminder.Text.Split('\n').Select(line => line.Trim()).Single(line => line.Contains("/mail/reminders?", StringComparison.Ordinal));
        var visitor = Shop.NewVisitor();
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.GetAsync(off + "x")).Status);
        Assert.NotNull((await visitor.GetAsync(off)).Find("turn-off"));
        Assert.Null(await OffAsync(name)); // looking turns nothing off

        var query = new Uri(off).Query;
        var request = new HttpRequestMessage(HttpMethod.Post, Reminders.OneClickPath + query) { Content = new FormUrlEncodedContent([new("List-Unsubscribe", "One-Click")]) };
        Assert.Equal(HttpStatusCode.OK, (await visitor.AskAsync(request)).StatusCode);
        Assert.NotNull(await OffAsync(name));

        var before = (await MailsAsync(Address(name))).Count;
        Shop.Clock.Advance(TimeSpan.FromDays(11));
        Assert.Equal(before, (await MailsAsync(Address(name))).Count);

        member = await Shop.SignInAsync(name);
        await member.SubmitAsync(await member.GetAsync("/account/settings"), "#mails", null, ("Reminded", "true"));
        Assert.Null(await OffAsync(name));
    }

    private Task<DateTimeOffset?> OffAsync(string name) => ReadAsync(db => db.Users.Where(m => m.UserName == name).Select(m => m.RemindersOffAt).FirstAsync(Cancel));

    [Fact]
    public async Task Mails_EveryKind_HasAPreviewAsTextAndAsHtmlThatCanDoNothing()
    {
        var admin = await Shop.SignInAsync("admin");
        var kinds = (await admin.GetAsync("/admin/mails")).All("mail-kind").Select(k => k.QuerySelector("a")!.GetAttribute("href")!).ToList();
        await using var scope = Shop.Services.CreateAsyncScope();
        var sent = scope.ServiceProvider.GetServices<OutboxHandler>().OfType<MailHandler>().Select(h => $"/admin/mails/{h.Kind}").ToList();
        Assert.Equal(sent.Order(StringComparer.Ordinal), kinds.Order(StringComparer.Ordinal));
        foreach (var kind in kinds)
        {
            var page = await admin.GetAsync(kind);
            Assert.True(page.Status == HttpStatusCode.OK && page.Text("mail-subject")?.Length > 3 && page.Text("mail-text")!.Contains("DreamShop", StringComparison.Ordinal), kind);
            Assert.DoesNotContain(page.Text("mail-text")!, c => c is '{' or '}');
            var html = await admin.GetAsync(kind + "/html");
            var policy = html.Response.Headers.GetValues("Content-Security-Policy").Single();
            var style = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(html.Document.QuerySelector("style")!.TextContent)));
            Assert.StartsWith($"default-src 'none'; style-src 'sha256-{style}'; ", policy, StringComparison.Ordinal);
            Assert.EndsWith("sandbox", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe-inline", policy, StringComparison.Ordinal);
            Assert.Equal((0, 1), (html.Document.QuerySelectorAll("[style], script").Length, html.Document.QuerySelectorAll("style").Length));
        }
    }

    [Fact]
    public async Task Mails_TestMail_GoesToWhoeverPresses()
    {
        var admin = await Shop.SignInAsync("admin");
        await WriteAsync((db, token) => db.Users.Where(m => m.UserName == "admin").ExecuteUpdateAsync(set => set.SetProperty(m => m.EmailConfirmed, true), token));
        var address = await ReadAsync(db => db.Users.Where(m => m.UserName == "admin").Select(m => m.Email!).FirstAsync(Cancel));
        var page = await admin.GetAsync("/admin/mails/mail.receipt");
        var sent = await admin.SubmitAsync(page);
        Assert.Contains(address, sent.News, StringComparison.Ordinal);
        Assert.Contains(await Shop.MailsToAsync(address, Cancel), mail => mail.Subject == "Test: " + page.Text("mail-subject"));
    }

    [Fact]
    public async Task Mails_BothParts_SayTheSame()
    {
        await using var scope = Shop.Services.CreateAsyncScope();
        var (previews, frame) = (scope.ServiceProvider.GetRequiredService<MailPreviews>(), Shop.Services.GetRequiredService<MailFrames>().Now);
        foreach (var kind in previews.Kinds)
        {
            var mail = (await previews.FindAsync(kind))!;
            var (text, page) = (mail.Text(frame), await BrowsingContext.New().OpenAsync(answer => answer.Content(mail.Html(frame)), Cancel));
            var (body, links) = (page.Body!.TextContent, page.QuerySelectorAll("a").Select(a => a.GetAttribute("href")).ToList());
            foreach (var words in mail.Blocks.SelectMany(Said))
            {
                Assert.True(text.Contains(words, StringComparison.Ordinal) && body.Contains(words, StringComparison.Ordinal), $"{kind}: {words}");
            }

            Assert.All(mail.Blocks.OfType<MailBlock.Link>(), link => Assert.True(links.Contains(link.Address.AbsoluteUri) && text.Contains(link.Address.ToString(), StringComparison.Ordinal), kind));
            Assert.Contains("-- \r\nDreamShop\r\n", text, StringComparison.Ordinal);
        }
    }

    private static IEnumerable<string> Said(MailBlock block) => block switch
    {
        MailBlock.Paragraph paragraph => [paragraph.Text],
        MailBlock.Link link => [link.Text],
        MailBlock.List list => list.Items,
        MailBlock.Facts facts => facts.Rows.SelectMany(row => new[] { row.Name, row.Value }),
        MailBlock.Quote quote => quote.Text.Split('\n'),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    [Fact]
    public async Task Reminders_Mail_NamesTheOneClickAddress_ReceiptsDoNot()
    {
        await using var scope = Shop.Services.CreateAsyncScope();
        var previews = scope.ServiceProvider.GetRequiredService<MailPreviews>();
        foreach (var kind in previews.Kinds)
        {
            var headers = (await previews.FindAsync(kind))!.MoreHeaders().ToDictionary();
            Assert.Equal(kind is OutboxKinds.Expiry or OutboxKinds.PointsEnd, headers.ContainsKey("List-Unsubscribe"));
            Assert.Equal(headers.ContainsKey("List-Unsubscribe") ? "List-Unsubscribe=One-Click" : null, headers.GetValueOrDefault("List-Unsubscribe-Post"));
        }
    }

    private static int sellers;

    /// <summary>A seller made at the desk.</summary>
    private static async Task<(Visitor Admin, string Page, string Name)> SellerAsync(Visitor admin)
    {
        var number = Interlocked.Increment(ref sellers);
        var made = await admin.SubmitAsync(
            await admin.GetAsync("/admin/sellers"), ("Handle", $"radio-{number}"), ("Name", $"Harbour Radio {number}"), ("Contact", "help@radio.example"), ("TermsUrl", "https://radio.example/terms"));
        Assert.Equal($"/admin/sellers/radio-{number}", made.Address.AbsolutePath);
        return (admin, made.Address.AbsolutePath, $"Harbour Radio {number}");
    }

    /// <summary>A product of it, made at the desk. Returns its id.</summary>
    private static async Task<string> ProductAsync(Visitor admin, string seller, params (string Name, string Value)[] fields)
    {
        var code = $"album-{Interlocked.Increment(ref sellers)}";
        var saved = await admin.SubmitAsync(
            await admin.GetAsync($"{seller}/products/new"), [("Code", code), ("Title", $"Album {code}"), ("OnSale", "true"), .. fields]);
        Assert.Contains(saved.All("seller-product"), p => p.GetAttribute("data-code") == code);
        return code;
    }

    [Fact]
    public async Task MZ_69_Seller_IsMadeAtTheDesk_SellsWithoutAnAccount_AndIsToldInTheWayOfStandardWebhooks()
    {
        using var receiver = new Receiver();
        var (admin, seller, name) = await SellerAsync(await Shop.SignInAsync("admin"));
        var code = await ProductAsync(admin, seller, ("Amount", "5.00"), ("SignInMode", "none"));
        await admin.SubmitAsync(await admin.GetAsync(seller), "form[action$='handler=Origin']", null, ("Origin", "https://radio.example"));
        var page = await admin.SubmitAsync(await admin.GetAsync(seller), "form[action$='handler=Webhook']", null, ("Webhook", receiver.Address));
        var secret = page.Text("webhook-secret")!;
        Assert.DoesNotContain(secret, (await admin.GetAsync(seller)).Body, StringComparison.Ordinal);

        var visitor = Shop.NewVisitor();
        var buy = await visitor.GetAsync($"/buy/{code}");
        Assert.Equal(("Buy", $"Sold by {name}", "$5.00"), (buy.Text("buy"), buy.Text("sold-by"), buy.Text("price")));
        var checkout = await visitor.SubmitAsync(buy);
        Assert.Contains(name, checkout.Text("line-seller"), StringComparison.Ordinal);
        var order = await visitor.PressAsync(await visitor.PlaceAsync(), "ok");
        Assert.Equal("fulfilled", order.Find("order-state")?.GetAttribute("data-state"));
        await admin.SubmitAsync(await admin.GetAsync(seller), "form[action$='handler=Test']", null);
        await MailsAsync("nobody@example.org");

        Assert.Equal(2, receiver.Calls.Count);
        var (body, _, headers) = receiver.Calls[0];
        var signed = Encoding.UTF8.GetBytes($"{headers["webhook-id"]}.{headers["webhook-timestamp"]}.").Concat(body).ToArray();
        var mac = HMACSHA256.HashData(Convert.FromBase64String(secret["whsec_".Length..]), signed);
        Assert.Equal("v1," + Convert.ToBase64String(mac), headers["webhook-signature"]);
        var told = JsonDocument.Parse(body).RootElement;
        Assert.Equal(("entitlement_granted", code, 500), (told.GetProperty("type").GetString(), told.GetProperty("data").GetProperty("product").GetString(), told.GetProperty("data").GetProperty("amount").GetInt32()));
        Assert.Equal(["seller_test", "entitlement_granted"], (await admin.GetAsync(seller)).All("told").Select(t => t.GetAttribute("data-kind")));
        await admin.SubmitAsync(await admin.GetAsync(seller), "[data-kind='entitlement_granted'] form", null);
        await MailsAsync("nobody@example.org");
        Assert.Equal((3, headers["webhook-id"]), (receiver.Calls.Count, receiver.Calls[2].Headers["webhook-id"]));
    }

    private static readonly ConcurrentDictionary<string, int> LookedUp = new();

    /// <summary>A name that leads to this machine when it is looked up first, and to where nobody is from then on.</summary>
    private static Task<IPAddress[]> LookUp(string host, CancellationToken cancellationToken) => host.StartsWith("turning", StringComparison.Ordinal)
        ? Task.FromResult<IPAddress[]>([LookedUp.AddOrUpdate(host, 1, (_, times) => times + 1) == 1 ? IPAddress.Loopback : IPAddress.Parse("127.0.0.2")])
        : Dns.GetHostAddressesAsync(host, cancellationToken);

    [Fact]
    public async Task S23_NameThatTurnsElsewhere_IsLookedUpOnce_AndCalledWhereItWasLookedAt()
    {
        using var machine = new TcpListener(IPAddress.Loopback, 0);
        machine.Start();
        var (admin, seller, _) = await SellerAsync(await Shop.SignInAsync("admin"));
        var name = $"turning-{Interlocked.Increment(ref sellers)}.example";
        await admin.SubmitAsync(await admin.GetAsync(seller), "form[action$='handler=Webhook']", null, ("Webhook", $"http://{name}:{((IPEndPoint)machine.LocalEndpoint).Port}/"));
        await admin.SubmitAsync(await admin.GetAsync(seller), "form[action$='handler=Test']", null);
        var said = TakeAsync();
        await MailsAsync("nobody@example.org");
        Assert.Equal("POST / HTTP/1.1", await said);
        Assert.Equal(1, LookedUp[name]);

        async Task<string?> TakeAsync()
        {
            using var call = await machine.AcceptTcpClientAsync(Cancel);
            using var reader = new StreamReader(call.GetStream());
            var line = await reader.ReadLineAsync(Cancel);
            var length = 0;
            while (await reader.ReadLineAsync(Cancel) is { Length: > 0 } header)
            {
                length = header.StartsWith("Content-Length: ", StringComparison.Ordinal) ? int.Parse(header["Content-Length: ".Length..], CultureInfo.InvariantCulture) : length;
            }

            await reader.ReadBlockAsync(new char[length], Cancel);
            await call.GetStream().WriteAsync("HTTP/1.1 204 No Content\r\n\r\n"u8.ToArray(), Cancel);
            return line;
        }
    }

    [Fact]
    public async Task S23_Redirect_IsNotFollowed_AndIsNoAnswer()
    {
        using var receiver = new Receiver();
        receiver.Answers.Enqueue(HttpStatusCode.TemporaryRedirect);
        var (admin, seller, _) = await SellerAsync(await Shop.SignInAsync("admin"));
        await admin.SubmitAsync(await admin.GetAsync(seller), "form[action$='handler=Webhook']", null, ("Webhook", receiver.Address));
        await admin.SubmitAsync(await admin.GetAsync(seller), "form[action$='handler=Test']", null);
        await MailsAsync("nobody@example.org");
        Assert.Single(receiver.Calls);
        Shop.Clock.Advance(TimeSpan.FromHours(1));
        await MailsAsync("nobody@example.org");
        Assert.Equal(2, receiver.Calls.Count);
    }

    [Fact]
    public async Task MZ_69_S24_IdOfACall_CountsNothing_IsTheSameWhenTried_AndReplayed_AndAnotherForEachEvent()
    {
        using var receiver = new Receiver();
        receiver.Answers.Enqueue(HttpStatusCode.InternalServerError);
        var (admin, seller, _) = await SellerAsync(await Shop.SignInAsync("admin"));
        await admin.SubmitAsync(await admin.GetAsync(seller), "form[action$='handler=Webhook']", null, ("Webhook", receiver.Address));
        for (var tests = 0; tests < 3; tests++)
        {
            await admin.SubmitAsync(await admin.GetAsync(seller), "form[action$='handler=Test']", null);
            await MailsAsync("nobody@example.org");
        }

        Shop.Clock.Advance(TimeSpan.FromMinutes(5));
        await MailsAsync("nobody@example.org"); // the first again, which was answered with 500
        await admin.SubmitAsync(await admin.GetAsync(seller), "[data-kind='seller_test'] form", null); // the newest once more
        await MailsAsync("nobody@example.org");
        var ids = receiver.Calls.Select(call => call.Headers["webhook-id"]!).ToList();
        Assert.All(ids, id => Assert.Matches("^evt_[2-9a-km-np-z]{32}$", id));
        Assert.Equal([1, 2, 2], ids.CountBy(id => id).Select(id => id.Value).Order());
        var told = (await admin.GetAsync(seller)).All("told").Select(row => row.TextContent).ToList();
        Assert.All(ids, id => Assert.Contains(told, row => row.Contains(id, StringComparison.Ordinal))); // staff find what a seller asks about
    }

    [Fact]
    public async Task MF_11_MZ_52_BuyPage_CallsTheButtonByWhatItDoes_AndRefusesATamperedAmount()
    {
        var (admin, seller, _) = await SellerAsync(await Shop.SignInAsync("admin"));
        var (once, custom) = (await ProductAsync(admin, seller, ("Amount", "5.00")), await ProductAsync(admin, seller, ("Pricing", "custom"), ("Least", "2.00"), ("Most", "50.00")));
        var recurring = await ProductAsync(admin, seller, ("Amount", "4.00"), ("Sale", "recurring"), ("Months", "1"));
        var (visitor, _) = await MemberAsync();
        Assert.Equal(("Buy", "Subscribe"), ((await visitor.GetAsync($"/buy/{once}")).Text("buy"), (await visitor.GetAsync($"/buy/{recurring}")).Text("buy")));

        var tampered = await visitor.SubmitAsync(await visitor.GetAsync($"/buy/{once}"), ("Amount", "0.01"));
        Assert.Equal(HttpStatusCode.BadRequest, tampered.Status);
        Assert.Contains("The price is $5.00", tampered.Error, StringComparison.Ordinal);
        var beyond = await visitor.SubmitAsync(await visitor.GetAsync($"/buy/{custom}"), ("Amount", "50.01"));
        IsWrong(beyond, "Amount", "from $2.00 to $50.00");
        Assert.Equal("50.01", beyond.Value("Amount"));
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.GetAsync("/buy/nothing-like-this")).Status);
        Assert.Equal("0 items", (await visitor.GetAsync("/")).Text("cart-count"));
    }

    [Fact]
    public async Task MZ_49_AccountNeeded_SignsInAndComesBackWithTheAmount()
    {
        var (admin, seller, _) = await SellerAsync(await Shop.SignInAsync("admin"));
        var code = await ProductAsync(admin, seller, ("Pricing", "custom"), ("Least", "2.00"), ("Most", "50.00"));
        var (_, name) = await MemberAsync();
        var visitor = Shop.NewVisitor();
        var buy = await visitor.GetAsync($"/buy/{code}");
        Assert.Equal("Sign in to go on", buy.Text("buy"));
        var login = await visitor.SubmitAsync(buy, ("Amount", "7.50"));
        Assert.Equal("/account/login", login.Address.AbsolutePath);
        var back = await visitor.SubmitAsync(login, ("UserName", name), ("Password", ShopHost.Password));
        Assert.Equal(($"/buy/{code}", "7.50", "Buy"), (back.Address.AbsolutePath, back.Value("Amount"), back.Text("buy")));
        Assert.Equal("/checkout", (await visitor.SubmitAsync(back)).Address.AbsolutePath);
    }

    [Fact]
    public async Task MZ_21_MZ_56_Account_ShowsTwoSellersAndTheShopTogether_AndTheCardOfOneIsThereForTheOther()
    {
        var admin = await Shop.SignInAsync("admin");
        var (_, first, one) = await SellerAsync(admin);
        var (_, second, two) = await SellerAsync(admin);
        var (radio, album) = (await ProductAsync(admin, first, ("Amount", "4.00"), ("Sale", "recurring"), ("Months", "1")), await ProductAsync(admin, second, ("Amount", "5.00")));
        var (visitor, _) = await MemberAsync();
        await visitor.SubmitAsync(await visitor.GetAsync($"/buy/{radio}"));
        var receipt = await visitor.SubmitAsync(await visitor.PlaceAsync(), "main form", "ok", ("card", "ok"));
        Assert.Equal("fulfilled", receipt.Find("order-state")?.GetAttribute("data-state"));
        var checkout = await visitor.SubmitAsync(await visitor.GetAsync($"/buy/{album}"));
        Assert.NotNull(checkout.Find("saved-method"));
        Assert.Equal("fulfilled", (await visitor.SubmitAsync(checkout)).Find("order-state")?.GetAttribute("data-state"));
        await visitor.AddAsync("paid1");
        await visitor.PlaceAsync();

        var history = await visitor.GetAsync("/account/orders");
        Assert.Equal([$"Sold by {two}", $"Sold by {one}"], history.All("order-sellers").Select(s => s.TextContent));
        Assert.Equal(3, history.All("order-number").Count);
        var subscriptions = await visitor.GetAsync("/account/subscriptions");
        Assert.StartsWith(one, Assert.Single(subscriptions.All("subscription-seller")).TextContent, StringComparison.Ordinal);
        Assert.Contains("$4.00", subscriptions.Text("subscription-price"), StringComparison.Ordinal);
    }

    /// <summary>A program that is told of events: it writes down what it gets.</summary>
    private sealed class Receiver : IDisposable
    {
        private readonly HttpListener listener = new();

        public Receiver()
        {
            using var free = new TcpListener(IPAddress.Loopback, 0);
            free.Start();
            Address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/events/");
            free.Stop();
            listener.Prefixes.Add(Address);
            listener.Start();
            _ = Task.Run(TakeAsync);
        }

        public string Address { get; }

        /// <summary>The next answers; 200 after them.</summary>
        public Queue<HttpStatusCode> Answers { get; } = new();

        public List<(byte[] Body, string Signature, System.Collections.Specialized.NameValueCollection Headers)> Calls { get; } = [];

        public void Dispose() => listener.Close();

        private async Task TakeAsync()
        {
            while (listener.IsListening)
            {
                try
                {
                    var context = await listener.GetContextAsync();
                    using var body = new MemoryStream();
                    await context.Request.InputStream.CopyToAsync(body);
                    Calls.Add((body.ToArray(), context.Request.Headers["Shop-Signature"] ?? "", context.Request.Headers));
                    context.Response.StatusCode = (int)(Answers.TryDequeue(out var answer) ? answer : HttpStatusCode.OK);
                    context.Response.Headers["Location"] = Address;
                    context.Response.Close();
                }
                catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
                {
                    return;
                }
            }
        }
    }
}

public sealed class EventPageTests_Sqlite(SqliteDatabase database) : EventPageTests(database), IClassFixture<SqliteDatabase>;

public sealed class EventPageTests_Postgres(PostgresDatabase database) : EventPageTests(database), IClassFixture<PostgresDatabase>;
