using System.Text.Json;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;
using Shop.Payments;
using Shop.TestKit;

namespace Shop.Core.Tests.Events;

/// <summary>What happened is one event, and goes where the rules say: once, and only there.</summary>
public abstract class EventTests(TestDatabase database) : ShopTests(database)
{
    private DateTimeOffset Now => Shop.Clock.GetUtcNow();

    private Task<List<ShopEvent>> EventsAsync(ShopEventKind kind) => Shop.ReadAsync(db => db.ShopEvents.AsNoTracking().Where(e => e.Kind == kind).OrderBy(e => e.Id).ToListAsync(Cancel));

    private Task<List<OutboxRow>> RowsAsync() => Shop.ReadAsync(db => db.Outbox.AsNoTracking().OrderBy(r => r.Id).ToListAsync(Cancel));

    private Task RecordAsync(ShopEventKind kind, string happening, EventAbout about, EventMail? mail = null, EventFacts? facts = null) => Shop.Get<Writes>().RunAsync(
        (unit, token) => ShopEvents.RecordAsync(unit.Db, kind, happening, about, facts ?? EventFacts.None, Now, token, mail), Cancel);

    private Task RouteAsync() => Shop.Get<EventRun>().PassAsync(Cancel);

    private Task TermsAsync(Func<EventTerms, EventTerms> change) => PublishAsync(change(new EventTerms()));

    private async Task<PlacedOrder> PaidAsync(Person member, string? recipient = null)
    {
        var order = await Shop.BuyAsync(member.Buyer, "paid1", recipient);
        await Shop.PayAsync(order);
        return order;
    }

    private async Task<Person> StaffAsync(string role)
    {
        var person = await Shop.MemberAsync();
        await Shop.Get<Writes>().RunAsync(
            async (unit, token) =>
            {
                var row = await unit.Db.Roles.FirstOrDefaultAsync(r => r.Name == role, token) ?? unit.Db.Roles.Add(new StaffRole { Name = role, NormalizedName = role.ToUpperInvariant() }).Entity;
                await unit.Db.SaveChangesAsync(token);
                unit.Db.UserRoles.Add(new IdentityUserRole<long> { UserId = person.Id, RoleId = row.Id });
                await unit.Db.SaveChangesAsync(token);
            },
            Cancel);
        return person;
    }

    [Fact]
    public async Task MZ_22_MZ_28_PaymentThatIsToldOfThreeTimes_IsOneEventAndOneReceipt()
    {
        var order = await PaidAsync(await Shop.MemberAsync());
        await Shop.SettleAsync(order);
        await Shop.Get<Settlement>().SettleAsync(order.Live.Id, null, Cancel, news: true);
        await Shop.SendAsync();
        await Shop.SendAsync();
        var found = Assert.Single(await EventsAsync(ShopEventKind.OrderPaid));
        Assert.Equal((order.Order.BuyerId, (long?)order.Order.Id, order.Order.Reference, EventRoute.Mail, 1), (found.MemberId, found.OrderId, found.Facts.Reference, found.Route, Shop.Sent.Count(OutboxKinds.Receipt)));
    }

    [Fact]
    public async Task MZ_22_HappeningThatIsRecordedAgain_IsTheFirst()
    {
        var member = await Shop.MemberAsync();
        foreach (var kind in Enum.GetValues<ShopEventKind>())
        {
            await RecordAsync(kind, "7", new EventAbout(member.Id), facts: new EventFacts { Title = "first" });
            await RecordAsync(kind, "7", new EventAbout(member.Id), facts: new EventFacts { Title = "again" });
            Assert.Equal("first", Assert.Single(await EventsAsync(kind)).Facts.Title);
        }
    }

    [Fact]
    public async Task MZ_22_UnitThatIsRolledBack_LeavesNoEvent()
    {
        var member = await Shop.MemberAsync();
        await Shop.Get<Writes>().RunAsync(
            async (unit, token) =>
            {
                await ShopEvents.RecordAsync(unit.Db, ShopEventKind.MethodUpdated, "1", new EventAbout(member.Id), EventFacts.None, Now, token);
                return unit.RollBack(false);
            },
            Cancel);
        Assert.Empty(await EventsAsync(ShopEventKind.MethodUpdated));
    }

    [Fact]
    public async Task MZ_28_ChargeAndItsOrder_ShareOneReceipt()
    {
        var order = await PaidAsync(await Shop.MemberAsync());
        var receipt = EventMail.Of(OutboxKinds.Receipt, $"receipt:{order.Order.Id}", new ReceiptMessage(order.Order.Id));
        await RecordAsync(ShopEventKind.ChargeSucceeded, "1", new EventAbout(order.Order.BuyerId, order.Order.Id, 1), receipt);
        await Shop.SendAsync();
        Assert.Equal(1, Shop.Sent.Count(OutboxKinds.Receipt));
    }

    [Theory]
    [InlineData(nameof(EventTerms.OrderPaid))]
    [InlineData(nameof(EventTerms.OrderRefunded))]
    [InlineData(nameof(EventTerms.ChargeSucceeded))]
    public async Task MZ_28_Receipt_CannotBeSwitchedOff(string rule)
    {
        var nowhere = Words.Of(EventRoute.Nowhere);
        var terms = rule switch
        {
            nameof(EventTerms.OrderPaid) => new EventTerms { OrderPaid = nowhere },
            nameof(EventTerms.OrderRefunded) => new EventTerms { OrderRefunded = nowhere },
            _ => new EventTerms { ChargeSucceeded = nowhere },
        };
        Assert.IsNotType<PublishResult.Published>(await PublishSectionAsync<EventTerms>(_ => terms));
    }

    [Theory]
    [InlineData(EventRoute.Nowhere, 0, 0)]
    [InlineData(EventRoute.Mail, 1, 0)]
    [InlineData(EventRoute.Webhook, 0, 2)]
    [InlineData(EventRoute.Both, 1, 2)]
    public async Task MZ_23_Gift_GoesWhereTheRuleSays(EventRoute route, int mails, int calls)
    {
        await TermsAsync(terms => terms with { GiftDelivered = Words.Of(route) });
        var (giver, friend) = (await Shop.MemberAsync(), await Shop.MemberAsync());
        foreach (var address in new[] { "https://one.example/hook", "https://two.example/hook" })
        {
            Assert.IsType<ReceiverResult.Made>(await Shop.Get<EventDesk>().AddAsync(address, allowPrivate: false, giver.Id, Cancel));
        }

        await PaidAsync(giver, friend.Name);
        await Shop.SendAsync();
        Assert.Equal((mails, calls), (Shop.Sent.Count(OutboxKinds.Gift), Shop.Sent.Count(OutboxKinds.EventHook)));
        Assert.Equal((route, (long?)friend.Id), (Assert.Single(await EventsAsync(ShopEventKind.GiftDelivered)) is var told ? told.Route : null, told.MemberId));
    }

    [Fact]
    public async Task MZ_23_ReceiverThatWasEnded_IsNotCalled()
    {
        await TermsAsync(terms => terms with { OrderPaid = Words.Of(EventRoute.Both) });
        var member = await Shop.MemberAsync();
        var made = Assert.IsType<ReceiverResult.Made>(await Shop.Get<EventDesk>().AddAsync("https://one.example/", allowPrivate: false, member.Id, Cancel));
        Assert.True(await Shop.Get<EventDesk>().EndAsync(made.Id, Cancel));
        await PaidAsync(member);
        await Shop.SendAsync();
        Assert.Equal((0, 1), (Shop.Sent.Count(OutboxKinds.EventHook), Shop.Sent.Count(OutboxKinds.Receipt)));
    }

    [Fact]
    public async Task MZ_22_ManyWorkersAtOnce_RouteEachEventOnce()
    {
        await TermsAsync(terms => terms with { MethodUpdated = Words.Of(EventRoute.Both) });
        var member = await Shop.MemberAsync();
        await Shop.Get<EventDesk>().AddAsync("https://one.example/", allowPrivate: false, member.Id, Cancel);
        for (var i = 0; i < 120; i++)
        {
            await RecordAsync(ShopEventKind.MethodUpdated, $"{i}", new EventAbout(member.Id));
        }

        var other = await NodeAsync();
        await ShopUnderTest.AtOnceAsync(6, i => (i % 2 == 0 ? Shop : other).Get<EventRun>().PassAsync(Cancel));
        await RouteAsync();
        Assert.All((await RowsAsync()).ToLookup(r => r.EventId), rows => Assert.Equal([OutboxKinds.EventHook, OutboxKinds.EventNews], rows.Select(r => r.Kind).Order(StringComparer.Ordinal)));
        Assert.Equal(240, (await RowsAsync()).Count);
    }

    [Theory]
    [InlineData(ShopEventKind.MethodCreated)]
    [InlineData(ShopEventKind.MethodUpdated)]
    [InlineData(ShopEventKind.SubscriptionCreated)]
    [InlineData(ShopEventKind.CancelledByMember)]
    public async Task MZ_24_MZ_26_MZ_27_MZ_34_ByDefault_NoMailAndNoRowButTheEvent(ShopEventKind kind)
    {
        await RecordAsync(kind, "1", new EventAbout((await Shop.MemberAsync()).Id, SubscriptionId: 1), facts: new EventFacts { Title = "Paid account" });
        await RouteAsync();
        Assert.Equal(EventRoute.Nowhere, Assert.Single(await EventsAsync(kind)).Route);
        Assert.Empty(await RowsAsync());
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public async Task MZ_35_CancelledBySystem_OneMailUnlessTheSiteSwitchesItOff(bool on, int mails)
    {
        if (!on)
        {
            await TermsAsync(terms => terms with { CancelledBySystem = Words.Of(EventRoute.Nowhere) });
        }

        await RecordAsync(ShopEventKind.CancelledBySystem, "1", new EventAbout((await Shop.MemberAsync()).Id, SubscriptionId: 1), EventMail.Of(OutboxKinds.EventNews, "ended:1", new EventMessage(1)));
        await Shop.SendAsync();
        Assert.Equal((mails, 1), (Shop.Sent.Count(OutboxKinds.EventNews), (await EventsAsync(ShopEventKind.CancelledBySystem)).Count));
    }

    [Fact]
    public async Task MZ_30_FailedCharge_OneMailForEachAttempt()
    {
        var member = await Shop.MemberAsync();
        foreach (var attempt in new[] { "a", "b", "b" })
        {
            await RecordAsync(ShopEventKind.ChargeFailed, attempt, new EventAbout(member.Id, SubscriptionId: 1), EventMail.Of(OutboxKinds.EventNews, $"failed:{attempt}", new EventMessage(1)));
        }

        await Shop.SendAsync();
        Assert.Equal(2, Shop.Sent.Count(OutboxKinds.EventNews));
    }

    [Fact]
    public async Task MF_5_CancelledWithoutAnyTransaction_IsRoutedLikeAnyOther()
    {
        await TermsAsync(terms => terms with { CancelledByMember = Words.Of(EventRoute.Both) });
        await RecordAsync(ShopEventKind.CancelledByMember, "1", new EventAbout());
        await Shop.SendAsync();
        Assert.Equal(EventRoute.Both, Assert.Single(await EventsAsync(ShopEventKind.CancelledByMember)).Route);
        Assert.Empty(await RowsAsync());
    }

    [Theory]
    [InlineData(71, true)]
    [InlineData(73, false)]
    public async Task MZ_24_MethodSoonAfterASignInOnANewDevice_IsToldToItsOwner(int hoursAfter, bool told)
    {
        var member = await Shop.MemberAsync();
        var signedIn = Now;
        Shop.Clock.Advance(TimeSpan.FromHours(hoursAfter));
        await RecordAsync(ShopEventKind.MethodCreated, "1", new EventAbout(member.Id), facts: new EventFacts { Method = "visa 4242", StrangeSignInAt = signedIn });
        await RouteAsync();
        Assert.Equal(told ? [OutboxKinds.EventNews] : [], (await RowsAsync()).Select(r => r.Kind));
        Assert.Equal(EventRoute.Nowhere, Assert.Single(await EventsAsync(ShopEventKind.MethodCreated)).Route);
    }

    [Fact]
    public async Task MF_6_MailServerThatIsDown_ReceiptLeavesLaterAndOnce()
    {
        Shop.Sent.Failures = 3;
        var order = await PaidAsync(await Shop.MemberAsync());
        Assert.Equal(OrderState.Fulfilled, (await Shop.AgainAsync(order)).Order.State);
        await Shop.SendAsync();
        Assert.Equal((0, OutboxStand.Failing), (Shop.Sent.Count(OutboxKinds.Receipt), await StandAsync(OutboxKinds.Receipt)));
        for (var i = 0; i < 4; i++)
        {
            Shop.Clock.Advance(TimeSpan.FromMinutes(5));
            await Shop.SendAsync();
        }

        Assert.Equal((1, OutboxStand.Sent), (Shop.Sent.Count(OutboxKinds.Receipt), await StandAsync(OutboxKinds.Receipt)));
    }

    [Fact]
    public async Task BouncingAddress_IsTriedOnce_StaffSeeWhyAndMayTryAgain()
    {
        var refusing = true;
        Shop.Sent.Sending = row => refusing && row.Kind == OutboxKinds.Receipt ? throw new UndeliverableException("refused by the mail server (550)") : Task.CompletedTask;
        await PaidAsync(await Shop.MemberAsync());
        await Shop.SendAsync();
        await Shop.SendAsync();
        var failed = Assert.Single(await FailedAsync());
        Assert.Equal((OutboxStand.Refused, 1, "refused by the mail server (550)", (DateTimeOffset?)null), (failed.Stand, failed.Attempts, failed.Failure, failed.NextAt));
        await Shop.BooksAreRightAsync();

        refusing = false;
        Assert.True(await Shop.Get<EventDesk>().RetryAsync(failed.Id, Cancel));
        Assert.False(await Shop.Get<EventDesk>().RetryAsync(failed.Id, Cancel));
        await Shop.SendAsync();
        Assert.Empty(await FailedAsync());
        Assert.Equal(1, Shop.Sent.Count(OutboxKinds.Receipt));
    }

    [Fact]
    public async Task ReceiverThatIsAway_IsCalledForAboutThreeDaysAndThenGivenUp_UntilStaffLetItGo()
    {
        await TermsAsync(terms => terms with { OrderPaid = Words.Of(EventRoute.Both) });
        Shop.Sent.Sending = row => row.Kind == OutboxKinds.EventHook ? throw new NotSentException("answered 503") : Task.CompletedTask;
        var member = await Shop.MemberAsync();
        await Shop.Get<EventDesk>().AddAsync("https://one.example/", allowPrivate: false, member.Id, Cancel);
        await PaidAsync(member);
        await Shop.SendAsync();
        var begun = Now;
        while (await StandAsync(OutboxKinds.EventHook) == OutboxStand.Failing)
        {
            Shop.Clock.Advance(TimeSpan.FromHours(1));
            await Shop.SendAsync();
        }

        var failed = Assert.Single(await FailedAsync());
        Assert.InRange(Now - begun, TimeSpan.FromDays(2.5), TimeSpan.FromDays(4));
        Assert.Equal((OutboxStand.GivenUp, "answered 503"), (failed.Stand, failed.Failure));
        Assert.True(await Shop.Get<EventDesk>().LetGoAsync(failed.Id, Cancel));
        await Shop.BooksAreRightAsync();
    }

    [Fact]
    public async Task Flag_IsToldOnceToThoseOfTheStaffWhoseRoleItIs()
    {
        var (refunder, owner) = (await StaffAsync(StaffRoles.Refunder), await StaffAsync(StaffRoles.Owner));
        await StaffAsync(StaffRoles.RuleEditor);
        var order = await Shop.BuyAsync((await Shop.MemberAsync()).Buyer, "paid1");
        Shop.Till.Pay(order.Live.Id, amount: new Money(299, Currency.Of("USD")));
        await Shop.SettleAsync(order);
        await Shop.Get<Settlement>().SettleAsync(order.Live.Id, null, Cancel, news: true);
        await RouteAsync();
        var told = (await RowsAsync()).Where(r => r.Kind == OutboxKinds.StaffNotice).Select(r => JsonSerializer.Deserialize<EventMessage>(r.Payload, JsonSerializerOptions.Web)!.Reader);
        Assert.Equal([refunder.Id, owner.Id], told);
        Assert.Equal("amount_mismatch", Assert.Single(await EventsAsync(ShopEventKind.FlagRaised)).Facts.Reason);
    }

    [Fact]
    public async Task Digest_OverAYearOfABerlinWithTwoNodes_OneForEachDay_AndDaysTouch()
    {
        await TermsAsync(terms => terms with { DigestZone = "Europe/Berlin", DigestHour = 2 });
        await StaffAsync(StaffRoles.Owner);
        var other = await NodeAsync();
        var days = 0;
        for (var until = Now.AddDays(250); Now < until; Shop.Clock.Advance(TimeSpan.FromHours(5)))
        {
            days += await Shop.Get<DigestRun>().PassAsync(Cancel) + await other.Get<DigestRun>().PassAsync(Cancel);
        }

        var told = (await RowsAsync()).Where(r => r.Kind == OutboxKinds.Digest).Select(r => JsonSerializer.Deserialize<DigestMessage>(r.Payload, JsonSerializerOptions.Web)!).ToList();
        Assert.Equal((days, days), (told.Count, told.Select(d => d.Day).Distinct().Count()));
        Assert.Equal(Enumerable.Range(0, days).Select(i => told[0].Day.AddDays(i)), told.Select(d => d.Day));
        Assert.All(told.Zip(told.Skip(1)), pair => Assert.Equal(pair.First.Until, pair.Second.From));
        Assert.Equal([23, 24, 25], told.Select(d => (int)(d.Until - d.From).TotalHours).Distinct().Order());
    }

    [Fact]
    public async Task Digest_AfterDaysOff_CoversThemAll_AndSaysWhatHappened()
    {
        await StaffAsync(StaffRoles.Owner);
        await Shop.Get<DigestRun>().PassAsync(Cancel);
        Shop.Clock.Advance(TimeSpan.FromHours(1));
        await PaidAsync(await Shop.MemberAsync(), (await Shop.MemberAsync()).Name);
        Shop.Clock.Advance(TimeSpan.FromDays(3));
        Assert.Equal(1, await Shop.Get<DigestRun>().PassAsync(Cancel));
        var message = JsonSerializer.Deserialize<DigestMessage>((await RowsAsync()).Last(r => r.Kind == OutboxKinds.Digest).Payload, JsonSerializerOptions.Web)!;
        var view = (await Shop.ReadAsync(db => DigestReader.ReadAsync(db, message, Cancel)))!;
        Assert.Equal((1, 1, 300L, "USD", false), (view.Paid, view.Gifts, Assert.Single(view.Taken).Minor, view.Taken[0].Currency, view.IsQuiet));
    }

    [Fact]
    public async Task Digest_ForNobody_IsNotWritten()
    {
        await TermsAsync(terms => terms with { DigestRole = EventTerms.Nobody });
        await StaffAsync(StaffRoles.Owner);
        Assert.Equal(0, await Shop.Get<DigestRun>().PassAsync(Cancel));
        Assert.Empty(await RowsAsync());
    }

    [Theory]
    [InlineData("http://one.example/")]
    [InlineData("https://10.0.0.1/")]
    [InlineData("https://127.0.0.1/")]
    [InlineData("https://169.254.169.254/latest/meta-data")]
    [InlineData("https://[::1]/")]
    [InlineData("https://[::ffff:10.0.0.1]/")]
    [InlineData("https://2130706433/")]
    [InlineData("https://localhost/")]
    [InlineData("https://shop.localhost/")]
    [InlineData("https://intranet/")]
    [InlineData("https://user:pass@one.example/")]
    [InlineData("https://one.example/#part")]
    [InlineData("ftp://one.example/")]
    [InlineData("one.example")]
    [InlineData("")]
    public async Task S23_Receiver_WithAnAddressThatIsNotThePublicInternets_IsRefused(string address) =>
        Assert.IsType<ReceiverResult.NotUsable>(await Shop.Get<EventDesk>().AddAsync(address, allowPrivate: false, (await Shop.MemberAsync()).Id, Cancel));

    [Fact]
    public async Task Receiver_Secrets_TheOldOneSignsThreeDaysMore()
    {
        var desk = Shop.Get<EventDesk>();
        var made = Assert.IsType<ReceiverResult.Made>(await desk.AddAsync("https://one.example/", allowPrivate: false, (await Shop.MemberAsync()).Id, Cancel));
        Assert.IsType<ReceiverResult.Known>(await desk.AddAsync(" https://one.example ", allowPrivate: false, (await Shop.MemberAsync()).Id, Cancel));
        var next = await desk.RenewAsync(made.Id, Cancel);
        Task<IReadOnlyList<string>> SecretsAsync() => Shop.ReadAsync(async db => await desk.SecretsAsync((await desk.ReceiversAsync(db, Cancel))[0], Cancel));
        Assert.Equal([next!, made.Secret], await SecretsAsync());
        Shop.Clock.Advance(TimeSpan.FromDays(3));
        Assert.Equal([next!], await SecretsAsync());
    }

    private Task<IReadOnlyList<SentRow>> FailedAsync() => Shop.ReadAsync(db => Shop.Get<EventDesk>().FailedAsync(db, Cancel));

    private async Task<OutboxStand> StandAsync(string kind) =>
        (await Shop.ReadAsync(db => Shop.Get<EventDesk>().ListAsync(db, null, 1, Cancel))).Rows.SelectMany(r => r.Sent).Single(r => r.Kind == kind).Stand;
}

public sealed class EventTests_Sqlite(SqliteDatabase database) : EventTests(database), IClassFixture<SqliteDatabase>;

public sealed class EventTests_Postgres(PostgresDatabase database) : EventTests(database), IClassFixture<PostgresDatabase>;
