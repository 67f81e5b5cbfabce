using Shop.TestKit;

namespace Shop.Accounts.Tests.Memberships;

/// <summary>What holds for an account's paid time whatever happened to it: bought, given, turned into points and taken back, in every order.</summary>
public sealed class MembershipHistoryTests
{
    private static readonly AccountTerms Terms = AccountTerms.Sample;
    private static readonly AccountRules Rules = new();
    private static readonly MembershipFold Fold = new(Rules, _ => Terms);

    private static readonly TimePackage[] Packages =
    [
        new("paid", 1, 30), new("paid", 2, 50), new("paid", 6, 130), new("paid", 12, 250), new("premium", 6, 200), new("premium", 12, 400),
    ];

    private const int BlockDays = 30;

    private static readonly Dictionary<string, long> Rates = TimeForPoints.Limits(Packages, Terms, BlockDays).ToDictionary(l => l.Class, l => l.HighestRate);

    /// <summary>What a cart computes from the membership that is kept is what the fold gives once it is granted; taken back at once, nothing was ever there.</summary>
    [Fact]
    public void F8_RandomHistories_WhatIsShownIsWhatIsGranted() => Histories.Hold(1500, 40, Step.Random, steps =>
    {
        var account = new Account();
        foreach (var step in steps)
        {
            var before = account.State;
            if (account.Do(step) is not { TakenSeconds: 0 } granted)
            {
                continue;
            }

            var shown = Rules.Apply(before, new TimeGrant(granted.Class, granted.Months, granted.Days), granted.At, Terms);
            if (shown != account.State)
            {
                return $"shown {shown}, granted {account.State}";
            }

            if (Fold.Of(account.Events.Where(e => e != granted)) != before)
            {
                return $"taken back at once it does not leave {before}";
            }
        }

        return null;
    });

    /// <summary>
    /// Whatever came in between: an account from which something was taken back has what an account has to which it never came. It may be taken back exactly
    /// if that other account could have given up the same time for points at the same moments.
    /// </summary>
    [Fact]
    public void F8_RandomHistories_TakenBackIsAsIfItHadNeverBeen() => Histories.Hold(1500, 40, Step.Random, steps =>
    {
        var account = new Account();
        foreach (var step in steps)
        {
            account.Do(step);
            foreach (var gone in account.Events)
            {
                var never = WithoutEver(account.Events, gone);
                if (Fold.MayRevoke(account.Events, gone.SourceId) != never is not null)
                {
                    return $"{Words(gone)} may{(never is null ? "" : " not")} be taken back";
                }

                if (never is not null && Fold.Of(account.Events.Where(e => e != gone)) != never)
                {
                    return $"without {Words(gone)} it is not {never}";
                }
            }
        }

        return null;
    });

    /// <summary>
    /// Points in hand and all that the time left could be turned into, now or by way of another class, are never more than what was paid for it, in points or
    /// money, by whomever. The account turns as often as it likes, at the highest rates that the guard of F5 lets through; the sample's are these.
    /// </summary>
    [Fact]
    public void F5_RandomHistories_GiveNobodyMorePointsThanWerePaidFor()
    {
        Assert.Equal([("paid", 20), ("premium", 29)], Rates.Select(r => (r.Key, (int)r.Value)).Order());
        Histories.Hold(2000, 50, Step.Random, steps =>
        {
            var account = new Account();
            foreach (var step in steps)
            {
                account.Do(step);
                if (account.Held < 0)
                {
                    return $"{account.Held} points";
                }

                if (account.Held * Account.Unit + account.Worth > account.Paid * Account.Unit)
                {
                    return $"{account.Held} points and {account.State} at {account.Now:s} for {account.Paid}";
                }
            }

            return null;
        });
    }

    /// <summary>
    /// Months bought in two parts, the second at any moment before the time runs out, never last longer than bought at once, and at most three days shorter:
    /// a sum of calendar months that passes a shorter month keeps its day (31 January, 28 February, 28 March), while a whole one never saw that month.
    /// Where months count as days (F3) both are the same to the second.
    /// </summary>
    [Fact]
    public void F2_PurchaseInTwoParts_NeverBeatsTheWhole() => Histories.Hold(30_000, 1, Split.Random, splits =>
    {
        foreach (var (held, bought, at, first, second, later) in splits)
        {
            MembershipState Give(MembershipState state, int months, DateTimeOffset when) => Rules.Apply(state, new TimeGrant(bought, months, 0), when, Terms);
            var whole = Give(held, first + second, at);
            var half = Give(held, first, at);
            var left = half.Until!.Value - at - TimeSpan.FromSeconds(Terms.KeptAboveSeconds + 1);
            var parts = Give(half, second, at + (left * later / 1000));
            var lost = whole.Until!.Value - parts.Until!.Value;
            var most = whole.Class == bought ? TimeSpan.FromDays(3) : TimeSpan.Zero;
            if (whole.Class != parts.Class || lost < TimeSpan.Zero || lost > most)
            {
                return $"{first} and {second} months until {parts}, at once until {whole}";
            }
        }

        return null;
    });

    private static string Words(MembershipEvent change) => $"{change.SourceId} ({change.Class}, {change.Months} months, {change.TakenSeconds} s taken, {change.At:s})";

    /// <summary>The account as it would be had it lived without this; null: it could not have given up the time that it gave up.</summary>
    private static MembershipState? WithoutEver(IEnumerable<MembershipEvent> events, MembershipEvent gone)
    {
        var account = new Account();
        return events.Where(e => e != gone).All(account.Again) ? account.State : null;
    }

    private enum What { Buy, Gift, Turn, TakeBack }

    /// <summary>One step; what its numbers pick depends on how the account stands then.</summary>
    private sealed record Step(What What, long Wait, int Pick, int Way)
    {
        private static readonly long[] Waits = [1, 60, 86_400, 40 * 86_400, 300 * 86_400];

        public static Step Random(Random random) => new(
            (What)random.Next(4), random.NextInt64(Waits[random.Next(Waits.Length)]), random.Next(1000), random.Next(2));
    }

    /// <summary>Time held, months of a class bought in two parts, and when the second part is bought, in thousandths of the time there is then.</summary>
    private sealed record Split(MembershipState Held, string Bought, DateTimeOffset At, int First, int Second, int Later)
    {
        public static Split Random(Random random)
        {
            var at = Account.Begin.AddSeconds(random.NextInt64(5L * 366 * 86_400));
            long[] left = [-86_400, 30, 60, 61, random.NextInt64(20 * 86_400), random.NextInt64(500 * 86_400)];
            var held = new MembershipState(random.Next(2) == 0 ? "paid" : "premium", at.AddSeconds(left[random.Next(left.Length)]), false);
            return new Split(
                random.Next(5) == 0 ? MembershipState.Never : held, random.Next(2) == 0 ? "paid" : "premium", at, random.Next(1, 50), random.Next(1, 50), random.Next(1001));
        }
    }

    /// <summary>An account with its events, its points and what was paid for both.</summary>
    private sealed class Account
    {
        /// <summary>A last of January, in the year before a leap year.</summary>
        public static readonly DateTimeOffset Begin = new(2027, 1, 31, 9, 0, 0, TimeSpan.Zero);

        /// <summary>What a point is worth here: whole for every second of every class.</summary>
        public const long Unit = BlockDays * 86_400L * 10;

        private readonly List<MembershipEvent> events = [];
        private readonly Dictionary<string, (long Points, bool FromHeld)> prices = [];
        private int sources;

        public IReadOnlyList<MembershipEvent> Events => events;

        public DateTimeOffset Now { get; private set; } = Begin;

        public MembershipState State { get; private set; } = MembershipState.Never;

        public long Held { get; private set; }

        public long Paid { get; private set; }

        /// <summary>The most that the time left can become: its own rate, or seven tenths of it at that of premium time.</summary>
        public long Worth => (long)((State.Until > Now ? State.Until.Value - Now : TimeSpan.Zero).TotalSeconds)
            * (State.Class == "premium" ? Rates["premium"] * 10 : Math.Max(Rates["paid"] * 10, Rates["premium"] * 7));

        /// <summary>Does a step as the shop would, or nothing where the shop refuses it. Hands out the event that came.</summary>
        public MembershipEvent? Do(Step step)
        {
            Now = Now.AddSeconds(step.Wait);
            return step.What switch
            {
                What.Turn => Turn(step.Pick),
                What.TakeBack => TakeBack(step.Pick),
                _ => Buy(Packages[step.Pick % Packages.Length], step.What == What.Buy, step.Way == 0),
            };
        }

        /// <summary>Lives through what came to another account. False: it could not have.</summary>
        public bool Again(MembershipEvent change)
        {
            if (change.TakenSeconds == 0)
            {
                State = Rules.Apply(State, new TimeGrant(change.Class, change.Months, change.Days), change.At, Terms);
                return true;
            }

            var isThere = State.Class == change.Class && (State.Until - change.At)?.TotalSeconds >= change.TakenSeconds;
            State = State with { Until = State.Until - TimeSpan.FromSeconds(change.TakenSeconds) };
            return isThere;
        }

        private MembershipEvent? Buy(TimePackage package, bool owns, bool withPoints)
        {
            var grant = new TimeGrant(package.Class, package.Months, 0);
            if (Rules.Check(State, grant, Now, owns, Terms) is not null)
            {
                return null;
            }

            var fromHeld = owns && withPoints && Held >= package.Points;
            Held -= fromHeld ? package.Points : 0;
            Paid += fromHeld ? 0 : package.Points;
            return Add(package.Class, package.Months, 0, (package.Points, fromHeld));
        }

        private MembershipEvent? Turn(int pick)
        {
            var most = State.PhaseAt(Now) == MembershipPhase.Active ? (int)((State.Until!.Value - Now).TotalDays / BlockDays) : 0;
            if (most == 0)
            {
                return null;
            }

            var blocks = 1 + (pick % most);
            var points = blocks * Rates[State.Class!];
            Held += points;
            return Add(State.Class!, 0, blocks * BlockDays * 86_400L, (points, false));
        }

        /// <summary>What was paid goes back the way it came; points that time was turned into go back only if they are all there.</summary>
        private MembershipEvent? TakeBack(int pick)
        {
            if (events.Count == 0 || events[pick % events.Count] is not { } gone || !Fold.MayRevoke(events, gone.SourceId))
            {
                return null;
            }

            var (points, fromHeld) = prices[gone.SourceId];
            if (gone.TakenSeconds > 0 && Held < points)
            {
                return null;
            }

            Held += gone.TakenSeconds > 0 ? -points : fromHeld ? points : 0;
            Paid -= gone.TakenSeconds > 0 || fromHeld ? 0 : points;
            events.Remove(gone);
            State = Fold.Of(events);
            return null;
        }

        private MembershipEvent Add(string accountClass, int months, long taken, (long Points, bool FromHeld) price)
        {
            var change = new MembershipEvent
            {
                AccountId = 1,
                Kind = taken > 0 ? MembershipEventKind.Conversion : MembershipEventKind.Grant,
                SourceId = $"step {++sources}",
                At = Now,
                Class = accountClass,
                Months = months,
                TakenSeconds = taken,
                RuleRevision = 1,
            };
            events.Add(change);
            prices[change.SourceId] = price;
            State = Fold.Of(events);
            return change;
        }
    }
}
