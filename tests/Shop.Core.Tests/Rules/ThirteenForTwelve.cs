using Shop.Accounts;

namespace Shop.Core.Tests.Rules;

/// <summary>Communities get a month more for each year that is bought for them at once. Everything else is as the shop has it.</summary>
public sealed class ThirteenForTwelve(AccountRules shop) : IAccountRules
{
    public GrantRefusal? Check(MembershipState current, TimeGrant grant, DateTimeOffset at, bool buyerOwns, AccountTerms terms) =>
        shop.Check(current, grant, at, buyerOwns, terms);

    public MembershipState Apply(MembershipState current, TimeGrant grant, DateTimeOffset at, AccountTerms terms) =>
        shop.Apply(current, grant.To == AccountKind.Community ? grant with { Months = grant.Months + (grant.Months / 12) } : grant, at, terms);
}
