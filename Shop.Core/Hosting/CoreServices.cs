using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Shop.Accounts;
using Shop.Payments;

namespace Shop.Core;

/// <summary>Registers the shop and the account rules. The host adds the database, payment plug-ins, outbox handlers and the source of the link key.</summary>
public static class CoreServices
{
    public static IServiceCollection AddShopCore(this IServiceCollection services)
    {
        services.AddSingleton<IAccountRules, AccountRules>();
        services.AddSingleton<RuleSection>(provider => PriceListCheck.Rules(provider.GetRequiredService<PriceListCheck>));
        services.AddSingleton<RuleSection>(AccountTerms.Rules);
        services.AddSingleton<RuleSection>(ExpiryTerms.Rules);
        services.AddSingleton<RuleSection>(PointTerms.Rules);
        services.AddSingleton<RuleSection>(CartTerms.Rules);
        services.AddSingleton<RuleSection>(GiftTerms.Rules);
        services.AddSingleton<RuleSection>(CheckoutTerms.Rules);
        services.AddSingleton<RuleSection>(PromotionTerms.Rules);
        services.AddSingleton<RuleSection>(RandomTerms.Rules);
        services.AddSingleton<RuleSection>(PaymentTerms.Rules);
        services.AddSingleton<RuleSection>(RefundTerms.Rules);
        services.AddSingleton<RuleSection>(SellerTerms.Rules);
        services.AddSingleton<RuleSection>(TaxTerms.Rules);
        services.AddSingleton<RuleSection>(SubscriptionTerms.Rules);
        services.AddSingleton<RuleSection>(EventTerms.Rules);
        services.AddSingleton<RuleSection>(PublishingTerms.Rules);
        services.AddSingleton(PointTermsCheck.Check);
        services.AddSingleton(PromotionCheck.Check);
        services.AddSingleton<RuleBook>();
        services.AddSingleton<RuleDesk>();
        services.AddSingleton<RulePreview>();
        services.AddSingleton<MembershipLedger>();

        services.AddSingleton<ItemKind, PaidTime>();
        services.AddSingleton<ItemKind, BoughtPoints>();
        services.AddSingleton<ItemKind, ExtraIcons>();
        services.AddSingleton<ItemKind, RenameTokenItem>();
        services.AddSingleton<ItemKind, VirtualGiftItem>();
        services.AddSingleton<ItemKind, TestPurchaseItem>();
        services.AddSingleton<ItemKinds>();
        services.AddSingleton<PriceListCheck>();
        services.AddSingleton(Random.Shared);
        services.AddSingleton<RandomPool>();
        services.AddSingleton<RandomDesk>();
        services.AddSingleton<Catalogue>();
        services.AddSingleton<CatalogueDesk>();
        services.AddSingleton<VirtualGiftOffers>();
        services.AddSingleton<CartPricing>();
        services.AddSingleton<Carts>();
        services.AddSingleton<Standings>();
        services.AddSingleton<ExpiryRun>();
        services.AddSingleton<ExpiryReader>();
        services.AddSingleton<PointsExpiryRun>();
        services.AddSingleton<StaffChanges>();
        services.AddSingleton<RuleSection>(StaffTerms.Rules);
        services.AddSingleton<SignUpCodes>();
        services.AddSingleton<SignUpDesk>();
        services.AddSingleton<MemberImport>();
        services.AddSingleton<Bonuses>();
        services.AddSingleton<Stock>();
        services.AddSingleton<PromotionUses>();
        services.AddSingleton<PromotionDesk>();
        services.AddSingleton<Transfers>();
        services.AddSingleton<RenameTokens>();
        services.AddSingleton<NameSwaps>();
        services.AddSingleton<TimeToPoints>();

        services.AddSingleton<Writes>();
        services.AddSingleton(host => new LeaseClock(host.GetRequiredService<TimeProvider>(), TimeProvider.System));
        services.AddSingleton<Wake>();
        services.AddSingleton<LegalPages>();
        services.AddSingleton<LinkTokens>();
        services.AddSingleton<Checkout>();
        services.AddSingleton<Attempts>();
        services.AddSingleton<SavedMethods>();
        services.AddSingleton<OutboxHandler, ForgetMethods>();
        services.AddSingleton<SubscriptionBooking>();
        services.AddSingleton<Subscriptions>();
        services.AddSingleton<Renewals>();
        services.AddSingleton<RenewalFixes>();
        services.AddSingleton<Settlement>();
        services.AddSingleton<LineRefunds>();
        services.AddSingleton<SeenRefunds>();
        services.AddSingleton<Disputes>();
        services.AddSingleton<RefundRun>();
        services.AddSingleton<RefundDesk>();
        services.AddSingleton<BuyerRefunds>();
        services.AddSingleton<OrderDesk>();
        services.AddSingleton<RepairOnRead>();
        services.AddSingleton<OrderEnding>();
        services.AddSingleton<DeliveryRun>();
        services.AddSingleton<Gifts>();
        services.AddSingleton<Claims>();
        services.AddSingleton<GiftReturns>();
        services.AddSingleton<EventRun>();
        services.AddSingleton<EventDesk>();
        services.AddSingleton<DigestRun>();
        services.AddSingleton<OutboxRun>();
        services.AddSingleton<HandDesk>();
        services.AddSingleton<Exchanges>();
        services.AddSingleton<PaymentDesk>();
        services.AddSingleton<TestPurchases>();
        services.TryAddSingleton<ProviderCircuit>();
        services.AddSingleton<WebhookCounts>();
        services.AddSingleton<ProviderStands>();
        services.AddSingleton<HealthRun>();
        services.TryAddSingleton(new HealthInterval(null));
        services.AddSingleton<Inbox>();
        services.AddSingleton<InboxRun>();
        services.AddSingleton<GapFill>();
        services.AddSingleton<Janitor>();
        services.AddSingleton<OrderReader>();
        services.AddSingleton<ReceiptLinks>();
        services.AddSingleton<Receipts>();
        services.AddSingleton<ReceiptReader>();

        services.AddScoped<Books>();
        services.AddScoped<DatabaseStart>();
        return services;
    }
}
