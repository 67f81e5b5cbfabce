using Microsoft.EntityFrameworkCore;
using Shop.TestKit;

namespace Shop.Core.Tests.Resources;

/// <summary>Somebody is asked to pay (TF-44): what is made, what is sent, and how often.</summary>
public abstract class PaymentRequestTests(TestDatabase database) : ResourceCase(database)
{
    private PaymentRequests Requests => Shop.Get<PaymentRequests>();

    private static RequestDraft Draft(string? to = null, string summary = "A picture") =>
        new() { Key = Guid.NewGuid(), Summary = summary, AmountMinor = 1500, SendTo = to, Culture = "en-GB" };

    private async Task<string> AskAsync(RequestDraft draft, long staff) => Assert.IsType<RequestResult.Made>(await Requests.MakeAsync(draft, staff, Cancel)).Number;

    private Task<List<OutboxRow>> MailsAsync() => Shop.ReadAsync(db => db.Outbox.Where(r => r.Kind == OutboxKinds.PaymentRequest).OrderBy(r => r.Id).ToListAsync(Cancel));

    [Fact]
    public async Task TF_44_Request_IsAnOrderOfTheMatrix_WithOneMailAndWhoAsked()
    {
        var staff = (await Shop.MemberAsync()).Id;
        var number = await AskAsync(Draft(" Payer@Example.org "), staff);
        var order = (await Shop.OrderAsync(number)).Order;
        Assert.Equal((OrderState.AwaitingPayment, 1500, "payer@example.org", "en-GB", Shop.Clock.GetUtcNow().AddDays(14)), (order.State, order.DueMinor, order.BuyerEmail, order.Culture, order.ExpiresAt));
        var row = await RowAsync(number);
        Assert.Equal((true, null, $"https://shop.example/orders/{number}/paid"), (row.HasToken, row.SessionHash, row.FulfillmentUrl));
        Assert.Equal($"{{\"orderId\":{order.Id},\"email\":\"payer@example.org\"}}", Assert.Single(await MailsAsync()).Payload);
        var made = await Shop.ReadAsync(db => db.OrderEvents.SingleAsync(e => e.OrderId == order.Id, Cancel));
        Assert.Equal((staff, "payment_request"), (made.ActorId, made.Reason));

        var words = (await Requests.FindAsync(order.Id, Cancel))!;
        Assert.Equal(($"https://shop.example/orders/{number}?token={await Matrix.TokenAsync(number, Cancel)}", "A picture", null), (words.Link, words.Title, words.Seller));
    }

    [Fact]
    public async Task TF_44_WhoeverOpensTheLink_PaysInASessionOfTheirOwn()
    {
        var (staff, resource, session) = ((await Shop.MemberAsync()).Id, await ResourceAsync(), Session());
        var number = await AskAsync(Draft() with { Resource = resource, Summary = null, AmountMinor = null }, staff);
        Assert.Equal((MatrixState.Unclaimed, false), ((await StatusAsync(number, session)).State, (await StatusAsync(number, session)).IsAnothers));
        await PayAsync(number, session);
        Assert.Equal(number, await OpensAsync(resource, session));
        Assert.Equal(RequestState.Paid, Assert.Single((await Requests.ListAsync(openOnly: false, 1, Cancel)).Rows).State);
        Assert.Empty((await Requests.ListAsync(openOnly: true, 1, Cancel)).Rows);
    }

    [Fact]
    public async Task TF_44_SameFormAgain_AsksOnce_AndAnotherContentUnderItIsRefused()
    {
        var (staff, node, draft) = ((await Shop.MemberAsync()).Id, await NodeAsync(), Draft("payer@example.org"));
        var made = await ShopUnderTest.AtOnceAsync(4, async i => await (i % 2 == 0 ? Shop : node).Get<PaymentRequests>().MakeAsync(draft, staff, Cancel));
        Assert.Single(made.Select(m => Assert.IsType<RequestResult.Made>(m).Number).Distinct());
        foreach (var other in new[] { draft with { Summary = "Another" }, draft with { AmountMinor = 1 }, draft with { SendTo = "other@example.org" }, draft with { SendTo = null } })
        {
            var refused = Assert.IsType<RequestResult.Refused>(await Requests.MakeAsync(other, staff, Cancel));
            Assert.Equal(new RequestProblem(RequestField.Form, RequestRefusal.OtherContent), Assert.Single(refused.Problems));
        }

        Assert.Equal((1, 1), (await OrdersAsync(), (await MailsAsync()).Count));
    }

    [Fact]
    public async Task TF_44_TooManyMails_OfOneAskerOrToOneAddress_AreRefused_ForAnHour()
    {
        var (staff, other) = ((await Shop.MemberAsync()).Id, (await Shop.MemberAsync()).Id);
        for (var i = 0; i < PaymentRequests.MostOfOneAsker; i++)
        {
            await AskAsync(Draft($"payer{i / PaymentRequests.MostToAnAddress}@example.org"), staff);
        }

        var before = await OrdersAsync();
        await RefusedAsync(Draft("fresh@example.org"), staff, RequestField.Form);
        await RefusedAsync(Draft("payer0@example.org"), other, RequestField.SendTo);
        Assert.Equal((before, before), (await OrdersAsync(), (await MailsAsync()).Count));
        await AskAsync(Draft(), staff); // words for a chat are no mail
        await AskAsync(Draft("fresh@example.org"), other);
        Shop.Clock.Advance(TimeSpan.FromMinutes(61));
        await AskAsync(Draft("payer0@example.org"), staff);
    }

    private async Task RefusedAsync(RequestDraft draft, long staff, RequestField field) => Assert.Equal(
        new RequestProblem(field, RequestRefusal.TooMany), Assert.Single(Assert.IsType<RequestResult.Refused>(await Requests.MakeAsync(draft, staff, Cancel)).Problems));

    [Fact]
    public async Task TF_44_TakenBack_CanBePaidNoLonger_AndSaysWhoTookIt()
    {
        var (staff, other, session) = ((await Shop.MemberAsync()).Id, (await Shop.MemberAsync()).Id, Session());
        var number = await AskAsync(Draft("payer@example.org"), staff);
        Assert.Equal(RequestState.Open, Assert.Single((await Requests.ListAsync(openOnly: true, 1, Cancel)).Rows).State);
        Assert.Equal(EndingResult.Ended, await Requests.WithdrawAsync(number, other, Cancel));
        Assert.Equal(RequestState.Withdrawn, Assert.Single((await Requests.ListAsync(openOnly: false, 1, Cancel)).Rows).State);
        Assert.Null(await ClaimAsync(number, session));
        Assert.Null(await Requests.FindAsync(number, Cancel)); // its mail has nothing to say any more
        var last = await Shop.ReadAsync(db => db.OrderEvents.OrderByDescending(e => e.Id).FirstAsync(Cancel));
        Assert.Equal((OrderState.Cancelled, other, "withdrawn"), (last.ToState, last.ActorId, last.Reason));
    }

    [Fact]
    public async Task TF_44_OnlyRequestsOfStaff_AreTakenBackHere()
    {
        var staff = (await Shop.MemberAsync()).Id;
        var visit = await MadeAsync(await ResourceAsync(), Session());
        foreach (var number in new[] { visit.Number, "", "\0", new string('x', 500), Codes.New(26) })
        {
            Assert.Null(await Requests.WithdrawAsync(number, staff, Cancel));
        }

        Assert.Equal(OrderState.AwaitingPayment, (await Shop.OrderAsync(visit.Number)).Order.State);
    }

    public static TheoryData<RequestField, RequestRefusal, RequestDraft> Wrong => new()
    {
        { RequestField.Summary, RequestRefusal.Missing, Draft(summary: " ") },
        { RequestField.Summary, RequestRefusal.TooLong, Draft(summary: new string('x', 201)) },
        { RequestField.Summary, RequestRefusal.Shape, Draft(summary: "A\nBcc: all@example.org") },
        { RequestField.Summary, RequestRefusal.Shape, Draft(summary: "\0") },
        { RequestField.Summary, RequestRefusal.Shape, Draft(summary: "\ud800") },
        { RequestField.Summary, RequestRefusal.Shape, Draft(summary: "pay \u202eelpmas") },
        { RequestField.Amount, RequestRefusal.Missing, Draft() with { AmountMinor = null } },
        { RequestField.Amount, RequestRefusal.Amount, Draft() with { AmountMinor = 0 } },
        { RequestField.Amount, RequestRefusal.Amount, Draft() with { AmountMinor = ResourceDesk.MostAmount + 1 } },
        { RequestField.SendTo, RequestRefusal.Shape, Draft("nobody") },
        { RequestField.SendTo, RequestRefusal.Shape, Draft("a@example.org, b@example.org") },
        { RequestField.Resource, RequestRefusal.NotSold, Draft() with { Resource = "nothing", Summary = null, AmountMinor = null } },
        { RequestField.Resource, RequestRefusal.NotSold, Draft() with { Resource = "\0", Summary = null, AmountMinor = null } },
        { RequestField.Resource, RequestRefusal.NotSold, Draft() with { Resource = "", Summary = null, AmountMinor = null } },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public async Task TF_44_WhatIsWrong_IsNamed_AndNothingIsMade(RequestField field, RequestRefusal reason, RequestDraft draft)
    {
        var (problems, words) = await Requests.PreviewAsync(draft, Cancel);
        Assert.Equal((new RequestProblem(field, reason), null), (Assert.Single(problems), words));
        Assert.IsType<RequestResult.Refused>(await Requests.MakeAsync(draft, (await Shop.MemberAsync()).Id, Cancel));
        Assert.Equal(0, await OrdersAsync());
    }

    [Fact]
    public async Task TF_44_ResourceAndWordsBesideIt_AreNotTakenTogether()
    {
        var (problems, _) = await Requests.PreviewAsync(Draft() with { Resource = await ResourceAsync() }, Cancel);
        Assert.Equal([new(RequestField.Summary, RequestRefusal.NotBoth), new(RequestField.Amount, RequestRefusal.NotBoth)], problems);
    }
}

public sealed class PaymentRequestTests_Sqlite(SqliteDatabase database) : PaymentRequestTests(database), IClassFixture<SqliteDatabase>;

public sealed class PaymentRequestTests_Postgres(PostgresDatabase database) : PaymentRequestTests(database), IClassFixture<PostgresDatabase>;
