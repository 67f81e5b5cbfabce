using System.Diagnostics.Metrics;
using Microsoft.EntityFrameworkCore;
using Shop.Payments;
using Shop.TestKit;

namespace Shop.Core.Tests.Exchanging;

/// <summary>What is kept of calls with payment services, and that it costs a purchase no transaction (DW-67, DF-56).</summary>
public abstract class ExchangeTests(TestDatabase database) : ShopTests(database)
{
    [Fact]
    public async Task DW_67_Purchase_NotesEachCallWithItsAnswer()
    {
        var placed = await Shop.BuyAsync((await Shop.MemberAsync()).Buyer, "paid1");
        await Shop.PayAsync(placed);
        var calls = await OfAsync(placed);
        Assert.Equal([("start", "action_required", (long?)null), ("get", "captured", placed.Order.DueMinor)], calls.Select(c => (c.Operation, c.Outcome, c.AmountMinor)));
        Assert.All(calls, c => Assert.Equal((placed.Live.Id, Till.Id), (c.AttemptId, c.Provider)));
    }

    [Fact]
    public async Task DW_67_LookThatFindsNothingNew_BeforeItsTime_IsNoRow()
    {
        var placed = await Shop.BuyAsync((await Shop.MemberAsync()).Buyer, "paid1");
        await Shop.SettleAsync(placed);
        await Shop.SettleAsync(placed);
        Assert.Single(await OfAsync(placed));
        Shop.Clock.Advance(TimeSpan.FromMinutes(5));
        await Shop.SettleAsync(placed);
        Assert.Equal(2, (await OfAsync(placed)).Count);
    }

    [Fact]
    public async Task DW_67_Refund_IsNotedWithItsOwnId()
    {
        var placed = await Shop.BuyAsync((await Shop.MemberAsync()).Buyer, "paid1");
        Shop.Till.Pay(placed.Live.Id, new Money(1, Currency.Usd));
        await Shop.SettleAsync(placed);
        await Shop.Get<RefundRun>().PassAsync(Cancel);
        var refund = (await OfAsync(placed))[^1];
        Assert.Equal(("refund", "succeeded", (long?)1), (refund.Operation, refund.Outcome, refund.AmountMinor));
        Assert.NotNull(refund.RefundId);
    }

    /// <summary>Cart, place, provider's id, settle, deliver: the notes ride along (DECISIONS).</summary>
    [Fact]
    public async Task DW_67_Checkout_StaysFiveWriteTransactions()
    {
        var buyer = (await Shop.MemberAsync()).Buyer;
        var units = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var mine = new AsyncLocal<bool>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (instrument is { Meter.Name: "Shop.Core", Name: "shop.writes" })
                {
                    l.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) =>
        {
            if (mine.Value)
            {
                units.Enqueue($"{tags[0].Value}");
            }
        });
        listener.Start();
        mine.Value = true;
        var placed = await Shop.BuyAsync(buyer, "paid1");
        await Shop.PayAsync(placed);
        mine.Value = false;
        Assert.True(units.Count == 5, string.Join(", ", units));
        Assert.Equal(2, (await OfAsync(placed)).Count);
    }

    [Fact]
    public async Task DF_56_WhatAServiceSays_IsKeptOnlyWhereItIsAPlainCode()
    {
        string[] secrets = ["sk_live_51HarbourKey", "4242424242424242", "Jane Miller, 4242 4242 4242 4242", "password=hunter2", "jane@example.org"];
        foreach (var secret in secrets)
        {
            var placed = await Shop.BuyAsync((await Shop.MemberAsync()).Buyer, "paid1");
            Shop.Till.Set(placed.Live.Id, new PaymentOutcome.Declined(DeclineReason.Unspecified, secret));
            await Shop.SettleAsync(placed);
            Assert.Equal("other", (await OfAsync(placed))[^1].Why);
        }

        var declined = await Shop.BuyAsync((await Shop.MemberAsync()).Buyer, "paid1");
        Shop.Till.Set(declined.Live.Id, new PaymentOutcome.Declined(DeclineReason.InsufficientFunds, "insufficient_funds"));
        await Shop.SettleAsync(declined);
        Assert.Equal("insufficient_funds", (await OfAsync(declined))[^1].Why);
    }

    [Fact]
    public async Task DF_56_MessageOfAnException_IsNotKept()
    {
        var placed = await Shop.BuyAsync((await Shop.MemberAsync()).Buyer, "paid1");
        Shop.Till.Fault = new HttpRequestException("Bearer sk_live_51HarbourKey was refused for Jane Miller");
        await Shop.SettleAsync(placed);
        var call = (await OfAsync(placed))[^1];
        Assert.Equal(("unknown", nameof(HttpRequestException)), (call.Outcome, call.Why));
    }

    [Fact]
    public async Task DW_67_AfterTheDaysOfTheRule_CallsAreErased_AndTheOrderStays()
    {
        var old = await Shop.BuyAsync((await Shop.MemberAsync()).Buyer, "paid1");
        await Shop.PayAsync(old);
        Shop.Clock.Advance(TimeSpan.FromDays(8));
        var young = await Shop.BuyAsync((await Shop.MemberAsync()).Buyer, "paid1");
        await Shop.PayAsync(young);
        await Shop.SendAsync();
        Assert.Equal(0, await Shop.Get<Exchanges>().EraseAsync(Cancel));
        await PublishAsync(new PaymentTerms { ExchangeDays = 7 });
        Assert.Equal(2, await Shop.Get<Exchanges>().EraseAsync(Cancel));
        Assert.Equal((0, 2, OrderState.Fulfilled), ((await OfAsync(old)).Count, (await OfAsync(young)).Count, (await Shop.AgainAsync(old)).Order.State));
    }

    private async Task<IReadOnlyList<ProviderExchange>> OfAsync(PlacedOrder placed) => await Shop.ReadAsync(db => Exchanges.OfAsync(db, placed.Order.Id, Cancel));
}

public sealed class ExchangeTests_Sqlite(SqliteDatabase database) : ExchangeTests(database), IClassFixture<SqliteDatabase>;

public sealed class ExchangeTests_Postgres(PostgresDatabase database) : ExchangeTests(database), IClassFixture<PostgresDatabase>;
