namespace Shop.Accounts;

/// <summary>
/// What a grant of time does to a membership. The cart's preview, the grant, the mail and the taking back all ask here, so what is
/// shown is what happens. A site that needs more than other <see cref="AccountTerms"/> puts its own class in its place.
/// </summary>
public interface IAccountRules
{
    /// <summary>Whether the grant is allowed. <paramref name="buyerOwns"/>: the buyer owns the account, or maintains the community.</summary>
    GrantRefusal? Check(MembershipState current, TimeGrant grant, DateTimeOffset at, bool buyerOwns, AccountTerms terms);

    /// <summary>The membership after the grant acted at <paramref name="at"/>. Total and pure: the same input gives the same answer on every node.</summary>
    MembershipState Apply(MembershipState current, TimeGrant grant, DateTimeOffset at, AccountTerms terms);
}
