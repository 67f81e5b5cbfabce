using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>Who is told what about money that comes by hand. What the instructions are, the provider says when the mail is written: they are not stored.</summary>
internal static class HandMails
{
    /// <summary>Whom of the staff it concerns.</summary>
    private static readonly string[] Readers = [StaffRoles.Refunder, StaffRoles.Owner];

    /// <summary>The buyer was told where to send money: the same by mail, and a note to staff.</summary>
    public static async Task InstructAsync(ShopDbContext db, PaymentAttempt attempt, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await Outbox.AddOnceAsync(db, $"funds:{attempt.Id:N}", OutboxKinds.SendFunds, new SendFundsMessage(attempt.Id), now, now, cancellationToken);
        var staff = await db.UserRoles.Where(r => db.Roles.Any(role => role.Id == r.RoleId && Readers.Contains(role.Name!)))
            .Select(r => r.UserId).Distinct().ToListAsync(cancellationToken);
        foreach (var reader in staff)
        {
            Outbox.Add(
                db, string.Create(CultureInfo.InvariantCulture, $"funds:{attempt.Id:N}:{reader}"), OutboxKinds.FundsExpected, new FundsExpectedMessage(attempt.Id, reader), now);
        }
    }

    /// <summary>The money did not come in time.</summary>
    public static Task OverAsync(ShopDbContext db, Order order, DateTimeOffset now, CancellationToken cancellationToken) => Outbox.AddOnceAsync(
        db, string.Create(CultureInfo.InvariantCulture, $"over:{order.Id}"), OutboxKinds.OrderOver, new OrderOverMessage(order.Id), now, now, cancellationToken);
}
