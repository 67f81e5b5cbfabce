using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Shop.Payments;

namespace Shop.Core;

/// <summary>Tells providers to forget what members removed, until it is certain (ST-29). Forgetting twice is once.</summary>
public sealed class ForgetMethods(Writes writes, PaymentGateway gateway) : OutboxHandler
{
    public override string Kind => OutboxKinds.ForgetMethod;

    public override async Task HandleAsync(OutboxRow row, CancellationToken cancellationToken)
    {
        var message = JsonSerializer.Deserialize<ForgetMethodMessage>(row.Payload, JsonSerializerOptions.Web)!;
        var method = await writes.ReadAsync((db, token) => db.StoredMethods.AsNoTracking().FirstAsync(m => m.Id == message.MethodId, token), cancellationToken);
        if (!await gateway.ForgetAsync(new ProviderId(method.Provider), method.Id, new SavedMethodReference(method.Reference), cancellationToken))
        {
            throw new TimeoutException("It is not certain that the provider has forgotten the method.");
        }
    }
}
