namespace Shop.Core;

/// <summary>What a line comes to beside the others of its cart.</summary>
/// <param name="Refusal">Why it cannot be bought as it is; null: it can.</param>
/// <param name="Effect">What it will do; null while it is refused.</param>
/// <param name="PossibleFrom">On which day it could first be delivered, where only the time stands in its way and the buyer may know it.</param>
/// <param name="Consent">What the buyer must agree to first.</param>
/// <param name="Limit">The number that the sentence of the refusal needs.</param>
internal sealed record Judgement(LineRefusal? Refusal, LineEffect? Effect, DateOnly? PossibleFrom, LineConsent? Consent, int? Limit = null);

/// <summary>
/// Judges the lines of a cart in the order in which they will act: a dated one after those that act at once. Each sees what those before it did to
/// the same account.
/// </summary>
internal static class LineJudge
{
    /// <param name="lines">In cart order; null: a line that is not sold any more.</param>
    public static IReadOnlyList<Judgement?> Judge(ItemKinds kinds, IReadOnlyList<ItemLine?> lines, Preview preview)
    {
        var judged = new Judgement?[lines.Count];
        foreach (var (i, line) in lines.Index().Where(l => l.Item is not null).OrderBy(l => preview.When(l.Item!)))
        {
            judged[i] = Judge(kinds, line!, preview, [.. lines.Take(i).OfType<ItemLine>()]);
        }

        return judged;
    }

    private static Judgement Judge(ItemKinds kinds, ItemLine line, Preview preview, IReadOnlyList<ItemLine> before)
    {
        var kind = kinds.Get(line.Product.Kind);
        if ((line.Recipient?.Refusal(line.BuyerId) ?? AtRandom(line, preview) ?? kinds.Check(line, preview, before) ?? Renewal(line, preview, before)) is { } refusal)
        {
            return new Judgement(refusal, null, line.BuyerOwns ? kind.PossibleFrom(line, preview) : null, null, kind.Limit(line, preview, before));
        }

        var consent = kind.Consent(line, preview);
        return consent is not null && consent.Days != line.ConsentDays
            ? new Judgement(LineRefusal.ConsentNeeded, null, null, consent)
            : new Judgement(null, kind.Effect(line, preview), null, consent);
    }

    /// <summary>What stands in the way of buying it again by itself.</summary>
    private static LineRefusal? Renewal(ItemLine line, Preview preview, IReadOnlyList<ItemLine> before)
    {
        if (!line.Renews)
        {
            return null;
        }

        if (!SubscriptionTerms.Offers(preview.Rules, line.Product))
        {
            return LineRefusal.RenewalNotOffered;
        }

        if (line is not { Quantity: 1, DeliverOn: null, Random: null, Recipient: { } recipient })
        {
            return LineRefusal.RenewalPlain;
        }

        var (product, _) = RenewedGoods.Of(line.Product);
        return preview.Renewing.Contains((recipient.Id, product))
            || before.Any(other => other is { Renews: true, Recipient: { } to } && to.Id == recipient.Id && RenewedGoods.Of(other.Product).Product == product)
            ? LineRefusal.RenewalRunning
            : null;
    }

    /// <summary>Whoever was drawn and shown has no time and is not the buyer's own; who else fits is looked at when it is drawn and when it is delivered (DW-9).</summary>
    private static LineRefusal? AtRandom(ItemLine line, Preview preview) =>
        line is { Random: not null, Recipient: { } drawn }
        && (line.BuyerOwns || preview[drawn.Id].PhaseAt(preview.At) is Accounts.MembershipPhase.Active or Accounts.MembershipPhase.Permanent)
            ? LineRefusal.CandidateGone
            : null;
}
