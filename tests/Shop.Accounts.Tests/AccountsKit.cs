using Shop.Core;
using Shop.TestKit;

namespace Shop.Accounts.Tests;

/// <summary>What tests of the account rules need around a database: terms as revision 1, and members.</summary>
internal static class AccountsKit
{
    public static RuleBook Book(TimeProvider clock) =>
        new([new RuleSection<AccountTerms>("accounts.classes", AccountTerms.Sample, terms => terms.Problems())], clock);

    public static MembershipLedger Memberships(TimeProvider clock) => new(new AccountRules(), Book(clock));

    /// <summary>A new member with a name of its own.</summary>
    public static async Task<long> MemberAsync(this TestDatabase database, CancellationToken cancellationToken)
    {
        await using var db = database.NewContext();
        var name = "m" + Codes.New(12);
        var member = new Member { UserName = name, NormalizedUserName = name.ToUpperInvariant(), CreatedAt = TimeProvider.System.GetUtcNow() };
        db.Users.Add(member);
        await db.SaveChangesAsync(cancellationToken);
        return member.Id;
    }

    /// <summary>One unit of work on a context of its own, committed.</summary>
    public static async Task<T> InTransactionAsync<T>(this TestDatabase database, Func<ShopDbContext, Task<T>> work, CancellationToken cancellationToken)
    {
        await using var db = database.NewContext();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var result = await work(db);
        await transaction.CommitAsync(cancellationToken);
        return result;
    }
}
