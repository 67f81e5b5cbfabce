using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Shop.Payments.PayPal;

internal sealed partial class PayPalProvider
{
    /// <summary>More pages than anybody has methods.</summary>
    private const int MostPages = 20;

    public async Task<IReadOnlyList<SavedMethod>> ListAsync(CustomerReference customer, CancellationToken cancellationToken)
    {
        var methods = new List<SavedMethod>();
        for (var page = 1; page <= MostPages; page++)
        {
            var tokens = Body(await paypal.ListPaymentTokensAsync(customer, page, cancellationToken));
            methods.AddRange(tokens.PaymentTokens.Select(Method));
            if (page >= tokens.TotalPages)
            {
                return methods;
            }
        }

        throw new JsonException("PayPal's list of methods has no end.");
    }

    /// <summary>The token is a setup token that the buyer has approved in the browser.</summary>
    public Task<SetupSnapshot> AttachAsync(AttachMethod request, CancellationToken cancellationToken) =>
        VaultAsync(request.Token.Value, request.Key, null, cancellationToken);

    public async Task<SetupSnapshot> StartSetupAsync(StartSetup request, CancellationToken cancellationToken)
    {
        var wallet = new NewSetupWallet("MERCHANT", new NewExperience(options.Value.BrandName, null, "NO_SHIPPING", null, request.ReturnUrl, request.ReturnUrl));
        var setup = new NewSetupToken(new NewSetupSource(wallet), Customer(request.Payer));
        return await paypal.CreateSetupTokenAsync(setup, request.Key, cancellationToken) switch
        {
            PayPalAnswer<PayPalSetupToken>.Given { Repeated: true } given => await GetSetupAsync(new ProviderReference(given.Body.Id), cancellationToken),
            PayPalAnswer<PayPalSetupToken>.Given given => await ToldAsync(given.Body, cancellationToken),
            PayPalAnswer<PayPalSetupToken>.Refused refused => NotSaved(refused, null),
            _ => throw new UnreachableException(),
        };
    }

    /// <summary>Once the buyer has approved, asking makes the saved method: with the setup's id as the key, so that it is made once.</summary>
    public async Task<SetupSnapshot> GetSetupAsync(ProviderReference setup, CancellationToken cancellationToken) =>
        await paypal.GetSetupTokenAsync(setup, cancellationToken) switch
        {
            PayPalAnswer<PayPalSetupToken>.Given given when given.Body.Id == setup.Value => await ToldAsync(given.Body, cancellationToken),
            PayPalAnswer<PayPalSetupToken>.Given => new SetupSnapshot(new SetupOutcome.Unknown("another_setup"), setup, null),
            PayPalAnswer<PayPalSetupToken>.Refused refused => new SetupSnapshot(new SetupOutcome.Unknown(refused.Word), setup, null),
            _ => throw new UnreachableException(),
        };

    public async Task ForgetAsync(SavedMethodReference method, CancellationToken cancellationToken)
    {
        var answer = await paypal.DeletePaymentTokenAsync(method, cancellationToken);
        // gone already is what was wanted
        if (answer is not PayPalAnswer<PayPalNothing>.Refused { Status: HttpStatusCode.NotFound })
        {
            Body(answer);
        }
    }

    private async Task<SetupSnapshot> ToldAsync(PayPalSetupToken setup, CancellationToken cancellationToken)
    {
        var reference = new ProviderReference(setup.Id);
        var customer = setup.Customer is { } known ? new CustomerReference(known.Id) : (CustomerReference?)null;
        return setup.Status switch
        {
            "PAYER_ACTION_REQUIRED" or "CREATED" when setup.Links.FirstOrDefault(link => link.Rel is "approve" or "payer-action")?.Href is { } page =>
                new SetupSnapshot(new SetupOutcome.ActionRequired(new BuyerAction.Redirect(page)), reference, customer),
            "APPROVED" or "VAULTED" => await VaultAsync(setup.Id, new IdempotencyKey(setup.Id), customer, cancellationToken),
            _ => new SetupSnapshot(new SetupOutcome.Unknown("status"), reference, customer),
        };
    }

    private async Task<SetupSnapshot> VaultAsync(string setup, IdempotencyKey key, CustomerReference? customer, CancellationToken cancellationToken)
    {
        var reference = new ProviderReference(setup);
        return await paypal.CreatePaymentTokenAsync(new NewPaymentToken(new NewTokenSource(new NewTokenId(setup, "SETUP_TOKEN"))), key, cancellationToken) switch
        {
            PayPalAnswer<PayPalPaymentToken>.Given given => new SetupSnapshot(
                new SetupOutcome.Saved(Method(given.Body)), reference, given.Body.Customer is { } said ? new CustomerReference(said.Id) : customer),
            PayPalAnswer<PayPalPaymentToken>.Refused refused => NotSaved(refused, reference),
            _ => throw new UnreachableException(),
        };
    }

    private static SetupSnapshot NotSaved<T>(PayPalAnswer<T>.Refused refused, ProviderReference? reference) => refused.Status is HttpStatusCode.BadRequest
        or HttpStatusCode.NotFound or HttpStatusCode.UnprocessableEntity
        ? new SetupSnapshot(new SetupOutcome.Declined(DeclineReason.MethodInvalid, refused.Word), reference, null)
        : new SetupSnapshot(new SetupOutcome.Unknown(refused.Word), reference, null);

    private static SavedMethod Method(PayPalPaymentToken token) => token.PaymentSource.Card is { } card
        ? new SavedMethod(new SavedMethodReference(token.Id), card.Brand?.ToLowerInvariant() ?? "card", card.LastDigits, LastDay(card.Expiry))
        : Wallet(token.Id);

    private static SavedMethod Wallet(string token) => new(new SavedMethodReference(token), PayPalPlugin.Name, null, null);

    private static DateOnly? LastDay(string? yearAndMonth) =>
        DateOnly.TryParseExact(yearAndMonth, "yyyy-MM", CultureInfo.InvariantCulture, DateTimeStyles.None, out var first) ? first.AddMonths(1).AddDays(-1) : null;
}
