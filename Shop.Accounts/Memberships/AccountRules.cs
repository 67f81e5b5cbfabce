namespace Shop.Accounts;

/// <summary>The formulas F2 to F4 over the terms of a revision.</summary>
public sealed class AccountRules : IAccountRules
{
    public GrantRefusal? Check(MembershipState current, TimeGrant grant, DateTimeOffset at, bool buyerOwns, AccountTerms terms)
    {
        if (terms.Find(grant.Class) is not { Rank: > 0 } bought)
        {
            return GrantRefusal.NotAGrant;
        }

        if (!bought.Permanent && (grant.Months is < 0 or > 99 || grant.Days is < 0 or > 31 || grant is { Months: 0, Days: 0 }))
        {
            return GrantRefusal.NotAGrant;
        }

        if (current.Permanent)
        {
            return GrantRefusal.AlreadyPermanent;
        }

        var kept = Kept(current, at, terms);
        if (bought.Permanent || kept == TimeSpan.Zero || current.Class == grant.Class)
        {
            return null;
        }

        if (Conversion(current.Class, grant.Class, terms) is null)
        {
            return GrantRefusal.NoSuchConversion;
        }

        return Guard(terms.Find(current.Class), bought, kept, buyerOwns, terms);
    }

    public MembershipState Apply(MembershipState current, TimeGrant grant, DateTimeOffset at, AccountTerms terms)
    {
        if (current.Permanent)
        {
            return current;
        }

        if (terms.Find(grant.Class) is { Permanent: true })
        {
            return new MembershipState(grant.Class, current.Until, true);
        }

        var kept = Kept(current, at, terms);
        if (kept == TimeSpan.Zero || current.Class == grant.Class)
        {
            return new MembershipState(grant.Class, (at + kept).AddMonths(grant.Months).AddDays(grant.Days), false);
        }

        // A pair without a rule can only come up when a grant in between was taken back: the time then counts one to one.
        var conversion = Conversion(current.Class, grant.Class, terms)
            ?? new ClassConversion { From = current.Class!, Bought = grant.Class, Result = grant.Class };
        if (conversion.Result == grant.Class)
        {
            var seconds = checked((long)kept.TotalSeconds * conversion.KeptNumerator / conversion.KeptDenominator);
            return new MembershipState(grant.Class, at.AddSeconds(seconds).AddMonths(grant.Months).AddDays(grant.Days), false);
        }

        var added = checked(((long)grant.Months * conversion.SecondsPerMonth) + ((long)grant.Days * conversion.SecondsPerDay));
        return new MembershipState(current.Class, (at + kept).AddSeconds(added), false);
    }

    /// <summary>F2: the time left at an instant; what is a minute or less counts as nothing.</summary>
    private static TimeSpan Kept(MembershipState current, DateTimeOffset at, AccountTerms terms) =>
        current.Until is { } until && until - at > TimeSpan.FromSeconds(terms.KeptAboveSeconds) ? until - at : TimeSpan.Zero;

    private static ClassConversion? Conversion(string? from, string bought, AccountTerms terms) =>
        terms.Conversions.FirstOrDefault(c => c.From == from && c.Bought == bought);

    /// <summary>F4: a guarded class with much time left is raised by its owner only, and never lowered.</summary>
    private static GrantRefusal? Guard(AccountClass? held, AccountClass bought, TimeSpan kept, bool buyerOwns, AccountTerms terms)
    {
        if (held is not { Guarded: true } || !bought.Guarded || kept <= TimeSpan.FromDays(terms.GuardDays))
        {
            return null;
        }

        if (bought.Rank < held.Rank)
        {
            return GrantRefusal.TooMuchTimeLeft;
        }

        return buyerOwns ? null : GrantRefusal.OwnerOnly;
    }
}
