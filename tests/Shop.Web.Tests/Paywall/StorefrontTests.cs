using Shop.Web.Paywall;

namespace Shop.Web.Tests.Paywall;

/// <summary>The steps of a storefront, over a back end that answers what a test says and counts what it is asked.</summary>
public sealed class StorefrontTests
{
    private const string R = "moon";
    private static readonly PaywallOffer Offer = new(R);

    private static PaywallVisitor Of(string session) => new(session, null, "en");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static Task<StorefrontAnswer> VisitAsync(Played played, string? order, string session = "S") =>
        new Storefront(played, played).VisitAsync(Offer, order, Of(session), Cancel);

    [Fact]
    public async Task TF_5_Cached_IsContentWithoutAskingTheBackEnd()
    {
        var played = new Played();
        played.Store(R, "O", "S");
        Assert.Equal(new StorefrontAnswer.Content("O"), await VisitAsync(played, "O"));
        Assert.Empty(played.Asked);
    }

    [Fact]
    public async Task TF_6_CachedForAnotherSession_IsAsked()
    {
        var played = new Played();
        played.Store(R, "O", "another");
        await VisitAsync(played, "O");
        Assert.Equal(["status O S"], played.Asked);
    }

    [Fact]
    public async Task TF_7_CachedForAnotherResource_IsAskedAndNeverContent()
    {
        var played = new Played { [("O", "S")] = null };
        played.Store("another", "O", "S");
        Assert.IsType<StorefrontAnswer.NoOrder>(await VisitAsync(played, "O"));
    }

    [Fact]
    public async Task TF_10_NoOrder_MakesExactlyOne()
    {
        var played = new Played();
        Assert.Equal(new StorefrontAnswer.Pay("/orders/N1", null), await VisitAsync(played, null));
        Assert.Equal(["make", "status N1 S"], played.Asked);
    }

    [Fact]
    public async Task TF_11_OrderGiven_MakesNone()
    {
        var played = new Played();
        await VisitAsync(played, "O");
        Assert.DoesNotContain("make", played.Asked);
    }

    [Fact]
    public async Task TF_13_TF_17_Paid_IsStored_AndTheSecondVisitAsksNobody()
    {
        var played = new Played { [("O", "S")] = new OrderStatus("O", OrderStanding.Paid, false, "/", null) };
        Assert.IsType<StorefrontAnswer.Content>(await VisitAsync(played, "O"));
        Assert.IsType<StorefrontAnswer.Content>(await VisitAsync(played, "O"));
        Assert.Single(played.Asked);
    }

    [Fact]
    public async Task TF_14_TF_15_PaidAndRefunded_IsRefunded_AndNothingIsStored()
    {
        var played = new Played { [("O", "S")] = new OrderStatus("O", OrderStanding.Paid, true, "/", null) };
        Assert.IsType<StorefrontAnswer.Refunded>(await VisitAsync(played, "O"));
        Assert.IsType<StorefrontAnswer.Refunded>(await VisitAsync(played, "O"));
        Assert.Equal(2, played.Asked.Count);
    }

    [Fact]
    public async Task TF_16_Unpaid_IsSentToItsPage()
    {
        var played = new Played { [("O", "S")] = new OrderStatus("O", OrderStanding.Unpaid, false, "/orders/O?token=T", null) };
        Assert.Equal(new StorefrontAnswer.Pay("/orders/O?token=T", null), await VisitAsync(played, "O"));
    }

    [Theory]
    [InlineData(OrderStanding.Taken)]
    [InlineData(OrderStanding.Over)]
    public async Task TF_20_TakenOrOver_IsDroppedOnceForANewOne(OrderStanding standing)
    {
        var played = new Played { [("O", "S")] = new OrderStatus("O", standing, false, "/orders/O", null) };
        Assert.Equal(new StorefrontAnswer.Pay("/orders/N1", "O"), await VisitAsync(played, "O"));
        Assert.Equal(["status O S", "make instead of O", "status N1 S"], played.Asked);
    }

    /// <summary>The new order is somebody else's as well, or over: whatever becomes of it holds.</summary>
    [Theory]
    [InlineData(OrderStanding.Taken)]
    [InlineData(OrderStanding.Over)]
    public async Task D3_NewOrderIsTakenToo_IsNotDroppedASecondTime(OrderStanding standing)
    {
        var played = new Played();
        played.Says = (order, _) => new OrderStatus(order, standing, false, $"/orders/{order}", null);
        Assert.Equal(new StorefrontAnswer.Pay("/orders/N1", "O"), await VisitAsync(played, "O"));
        Assert.Equal(["status O S", "make instead of O", "status N1 S"], played.Asked);
    }

    [Fact]
    public async Task TF_21_PaidByAnotherOrder_LeadsToThatOne()
    {
        var played = new Played { [("O", "S")] = new OrderStatus("O", OrderStanding.Unpaid, false, "/orders/O", "O0") };
        Assert.Equal(new StorefrontAnswer.Elsewhere("O0"), await VisitAsync(played, "O"));
    }

    [Fact]
    public async Task TF_18_BackEndAway_StoresNothing()
    {
        var played = new Played { IsAway = true };
        await Assert.ThrowsAsync<OrderBackEndException>(() => VisitAsync(played, null));
        Assert.Null(await played.FindAsync(R, null, "S", Cancel));
    }

    /// <summary>Whatever the back end says of whichever order, generated: no visit makes more than two orders (P3), and content is for what is paid and not refunded alone (P2).</summary>
    [Fact]
    public async Task P2_P3_EveryCourseOfAVisit_EndsAfterTwoOrders_AndOnlyPaidIsContent()
    {
        var courses = 0;
        var states = Enum.GetValues<OrderStanding>().SelectMany(standing => new[] { (standing, false), (standing, true) }).ToList();
        foreach (var order in new[] { null, "O" })
        {
            foreach (var (first, firstRefunded) in states)
            {
                foreach (var (second, secondRefunded) in states)
                {
                    foreach (var already in new[] { null, "O0" })
                    {
                        var said = new Queue<(OrderStanding, bool)>([(first, firstRefunded), (second, secondRefunded)]);
                        var played = new Played();
                        played.Says = (asked, _) => said.TryDequeue(out var next) ? new OrderStatus(asked, next.Item1, next.Item2, $"/orders/{asked}", already) : null;
                        var answer = await VisitAsync(played, order);
                        var shown = played.Asked.Count(asked => asked.StartsWith("status", StringComparison.Ordinal)) == 1 ? (first, firstRefunded) : (second, secondRefunded);
                        Assert.True(played.Asked.Count(asked => asked.StartsWith("make", StringComparison.Ordinal)) <= 2);
                        Assert.Equal(shown is (OrderStanding.Paid, false), answer is StorefrontAnswer.Content);
                        courses++;
                    }
                }
            }
        }

        Assert.Equal(256, courses);
    }

    /// <summary>Whatever a back end answers to whatever is asked for, again and again by several sessions.</summary>
    [Fact]
    public async Task P3_WhateverTheBackEndSays_AVisitMakesAtMostTwoOrders_AndShowsOnlyWhatItSaidIsPaid()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var (random, played) = (new Random(seed), new Played());
        var paid = new HashSet<(string Order, string Session)>();
        string? AnyOrder() => random.Next(4) == 0 ? null : $"{"ON"[random.Next(2)]}{random.Next(1, 6)}";
        played.Says = (order, session) =>
        {
            if (random.Next(10) == 0)
            {
                return null;
            }

            var status = new OrderStatus(order, Enum.GetValues<OrderStanding>()[random.Next(4)], random.Next(4) == 0, $"/orders/{order}", random.Next(5) == 0 ? AnyOrder() : null);
            if (status is { Standing: OrderStanding.Paid, IsRefunded: false })
            {
                paid.Add((order, session));
            }

            return status;
        };
        for (var visit = 0; visit < 2000; visit++)
        {
            var (before, session) = (played.Asked.Count, $"S{random.Next(3)}");
            var answer = await VisitAsync(played, AnyOrder(), session);
            Assert.True(played.Asked.Skip(before).Count(asked => asked.StartsWith("make", StringComparison.Ordinal)) <= 2, $"seed {seed}, visit {visit}");
            Assert.True(answer is not StorefrontAnswer.Content content || paid.Contains((content.Order, session)), $"seed {seed}, visit {visit}: {answer}");
        }
    }

    /// <summary>Back end and cache: an order of nobody's is unpaid.</summary>
    private sealed class Played : IOrderBackEnd, IPaidCache
    {
        private readonly Dictionary<(string Order, string Session), OrderStatus?> states = [];
        private readonly HashSet<(string, string, string)> stored = [];
        private int made;

        public List<string> Asked { get; } = [];

        public bool IsAway { get; init; }

        public Func<string, string, OrderStatus?>? Says { get; set; }

        public OrderStatus? this[(string Order, string Session) key]
        {
            set => states[key] = value;
        }

        public Task<OrderMade> MakeAsync(PaywallOffer offer, string? insteadOf, PaywallVisitor visitor, CancellationToken cancellationToken)
        {
            Asked.Add(insteadOf is null ? "make" : $"make instead of {insteadOf}");
            return IsAway ? throw new OrderBackEndException("away") : Task.FromResult<OrderMade>(new OrderMade.Made($"N{++made}"));
        }

        public Task<OrderStatus?> StatusAsync(PaywallOffer offer, string order, string session, CancellationToken cancellationToken)
        {
            Asked.Add($"status {order} {session}");
            return Task.FromResult(Says is not null ? Says(order, session)
                : states.TryGetValue((order, session), out var known) ? known
                : new OrderStatus(order, OrderStanding.Unpaid, false, $"/orders/{order}", null));
        }

        public ValueTask<string?> FindAsync(string resource, string? order, string session, CancellationToken cancellationToken) =>
            ValueTask.FromResult(stored.Where(s => s.Item1 == resource && s.Item3 == session && (order is null || s.Item2 == order)).Select(s => s.Item2).FirstOrDefault());

        public void Store(string resource, string order, string session) => stored.Add((resource, order, session));
    }
}
