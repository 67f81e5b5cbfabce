using System.Globalization;
using System.Net;
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
using Shop.Web.Mail;
using Shop.Web.Tests.Buying;

namespace Shop.Web.Tests.Events;

/// <summary>Events, mails and receivers as staff and members meet them.</summary>
public abstract class EventPageTests(TestDatabase database) : BuyingTests(database)
{
    private static readonly SemaphoreSlim Rules = new(1, 1);

    protected override ShopSettings Settings => new() { Values = new Dictionary<string, string?> { ["EventHooks:AllowPrivate"] = "true" } };

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

    /// <summary>A program that is told of events: it writes down what it gets.</summary>
    private sealed class Receiver : IDisposable
    {
        private readonly HttpListener listener = new();

        public Receiver()
        {
            using var free = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
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

        public List<(byte[] Body, string Signature)> Calls { get; } = [];

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
                    Calls.Add((body.ToArray(), context.Request.Headers["Shop-Signature"] ?? ""));
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
