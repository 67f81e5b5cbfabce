using Microsoft.EntityFrameworkCore;
using Shop.Accounts;

namespace Shop.Core;

/// <summary>Every table of the shop, over those of the accounts: one context, so one transaction covers money, points and grants.</summary>
public abstract class ShopDbContext(DbContextOptions options) : AccountsDbContext(options)
{
    public DbSet<Cart> Carts => Set<Cart>();

    public DbSet<CartLine> CartLines => Set<CartLine>();

    public DbSet<Order> Orders => Set<Order>();

    public DbSet<OrderLine> OrderLines => Set<OrderLine>();

    public DbSet<OrderEvent> OrderEvents => Set<OrderEvent>();

    public DbSet<OrderFlag> OrderFlags => Set<OrderFlag>();

    public DbSet<PaymentAttempt> PaymentAttempts => Set<PaymentAttempt>();

    public DbSet<ProviderPayment> ProviderPayments => Set<ProviderPayment>();

    public DbSet<ProviderCustomer> ProviderCustomers => Set<ProviderCustomer>();

    public DbSet<StoredMethod> StoredMethods => Set<StoredMethod>();

    public DbSet<Subscription> Subscriptions => Set<Subscription>();

    public DbSet<SubscriptionPeriod> SubscriptionPeriods => Set<SubscriptionPeriod>();

    public DbSet<MethodSetup> MethodSetups => Set<MethodSetup>();

    public DbSet<Refund> Refunds => Set<Refund>();

    public DbSet<RefundLine> RefundLines => Set<RefundLine>();

    public DbSet<HandEntry> HandEntries => Set<HandEntry>();

    public DbSet<ProviderExchange> ProviderExchanges => Set<ProviderExchange>();

    public DbSet<Dispute> Disputes => Set<Dispute>();

    public DbSet<ProviderStand> ProviderStands => Set<ProviderStand>();

    public DbSet<WebhookRefusal> WebhookRefusals => Set<WebhookRefusal>();

    public DbSet<TestPurchase> TestPurchases => Set<TestPurchase>();

    public DbSet<TaxEvidence> TaxEvidence => Set<TaxEvidence>();

    public DbSet<Receipt> Receipts => Set<Receipt>();

    public DbSet<CreditNote> CreditNotes => Set<CreditNote>();

    public DbSet<CreditNoteLine> CreditNoteLines => Set<CreditNoteLine>();

    public DbSet<PaperCounter> PaperCounters => Set<PaperCounter>();

    public DbSet<Delivery> Deliveries => Set<Delivery>();

    public DbSet<DeliveryChange> DeliveryChanges => Set<DeliveryChange>();

    public DbSet<RandomDraw> RandomDraws => Set<RandomDraw>();

    public DbSet<ClaimToken> ClaimTokens => Set<ClaimToken>();

    public DbSet<OutboxRow> Outbox => Set<OutboxRow>();

    public DbSet<ShopEvent> ShopEvents => Set<ShopEvent>();

    public DbSet<EventReceiver> EventReceivers => Set<EventReceiver>();

    public DbSet<WebhookEvent> WebhookInbox => Set<WebhookEvent>();

    public DbSet<JobLease> JobLeases => Set<JobLease>();

    public DbSet<PointsTransfer> PointsTransfers => Set<PointsTransfer>();

    public DbSet<RenameToken> RenameTokens => Set<RenameToken>();

    public DbSet<NameSwap> NameSwaps => Set<NameSwap>();

    public DbSet<PointsLot> PointsLots => Set<PointsLot>();

    public DbSet<PointsLotUse> PointsLotUses => Set<PointsLotUse>();

    public DbSet<AccountClosing> AccountClosings => Set<AccountClosing>();

    public DbSet<Approval> Approvals => Set<Approval>();

    public DbSet<VirtualGift> VirtualGifts => Set<VirtualGift>();

    public DbSet<VirtualGiftOffer> VirtualGiftOffers => Set<VirtualGiftOffer>();

    public DbSet<Picture> Pictures => Set<Picture>();

    public DbSet<ProductPicture> ProductPictures => Set<ProductPicture>();

    public DbSet<CatalogueChange> CatalogueChanges => Set<CatalogueChange>();

    public DbSet<Limit> Limits => Set<Limit>();

    public DbSet<CartCode> CartCodes => Set<CartCode>();

    public DbSet<OrderPromotion> OrderPromotions => Set<OrderPromotion>();

    public DbSet<LimitUse> LimitUses => Set<LimitUse>();

    public DbSet<LegalPage> LegalPages => Set<LegalPage>();

    public DbSet<Seller> Sellers => Set<Seller>();

    public DbSet<SellerOrigin> SellerOrigins => Set<SellerOrigin>();

    public DbSet<SellerKey> SellerKeys => Set<SellerKey>();

    public DbSet<SellerProduct> SellerProducts => Set<SellerProduct>();

    public DbSet<SellerBuyer> SellerBuyers => Set<SellerBuyer>();

    public DbSet<SellerChange> SellerChanges => Set<SellerChange>();

    public DbSet<Entitlement> Entitlements => Set<Entitlement>();

    public DbSet<SellerMethod> SellerMethods => Set<SellerMethod>();

    public DbSet<EmbedWindow> EmbedWindows => Set<EmbedWindow>();

    public DbSet<ApiRequest> ApiRequests => Set<ApiRequest>();

    public DbSet<Resource> Resources => Set<Resource>();

    public DbSet<ResourceFilePart> ResourceFileParts => Set<ResourceFilePart>();

    public DbSet<MatrixOrder> MatrixOrders => Set<MatrixOrder>();

    public DbSet<PaidSession> PaidSessions => Set<PaidSession>();

    /// <summary>The engine below is SQLite, else PostgreSQL.</summary>
    public bool IsSqlite => Database.ProviderName == "Microsoft.EntityFrameworkCore.Sqlite";

    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        CartTables(builder);
        OrderTables(builder);
        PaperTables(builder);
        PaymentTables(builder);
        StaffPaymentTables(builder);
        SubscriptionTables(builder);
        DeliveryTables(builder);
        PointsTables(builder);
        PointsLotTables(builder);
        RenameTables(builder);
        ApprovalTables(builder);
        ClosingTables(builder);
        CatalogueTables(builder);
        EventTables(builder);
        SellerTables(builder);
        ResourceTables(builder);
        QueueTables(builder);
        ModelConventions.Apply(builder);
    }

    private static string InWords<T>(IEnumerable<T> values) where T : struct, Enum =>
        string.Join(',', values.Select(v => $"'{Words.Of(v)}'"));

    private static void CartTables(ModelBuilder builder)
    {
        builder.Entity<Cart>(cart =>
        {
            cart.ToTable("carts", table => table.HasCheckConstraint("ck_carts_owner", "(\"member_id\" IS NULL) <> (\"key_hash\" IS NULL)"));
            cart.Property(c => c.KeyHash).HasMaxLength(64);
            cart.Property(c => c.Country).HasMaxLength(2);
            cart.Property(c => c.TaxId).HasMaxLength(20);
            cart.Property(c => c.BillTo).HasMaxLength(200);
            cart.HasIndex(c => c.MemberId).IsUnique().HasFilter("\"member_id\" IS NOT NULL");
            cart.HasIndex(c => c.KeyHash).IsUnique().HasFilter("\"key_hash\" IS NOT NULL");
            cart.HasIndex(c => c.TouchedAt);
            cart.HasMany(c => c.Lines).WithOne().HasForeignKey(l => l.CartId).OnDelete(DeleteBehavior.Cascade);
            cart.HasOne<Member>().WithMany().HasForeignKey(c => c.MemberId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<CartLine>(line =>
        {
            line.ToTable("cart_lines", table => table.HasCheckConstraint("ck_cart_lines_quantity", "\"quantity\" BETWEEN 1 AND 1000"));
            line.Property(l => l.Sku).HasMaxLength(64);
            line.Property(l => l.RecipientName).HasMaxLength(64);
            line.Property(l => l.RecipientEmail).HasMaxLength(254);
            line.Property(l => l.Note).HasMaxLength(500);
            line.Property(l => l.GoneConfirmed).HasDefaultValue(false);
            line.Property(l => l.Renews).HasDefaultValue(false);
            line.HasIndex(l => l.CartId);
        });

        builder.Entity<CartCode>(code =>
        {
            code.ToTable("cart_codes");
            code.HasKey(c => new { c.CartId, c.Code });
            code.Property(c => c.Code).HasMaxLength(32);
            code.HasOne<Cart>().WithMany().HasForeignKey(c => c.CartId).OnDelete(DeleteBehavior.Cascade);
        });

        builder.Entity<LegalPage>(page =>
        {
            page.ToTable("legal_pages");
            page.HasIndex(p => new { p.Kind, p.Version }).IsUnique();
        });
    }

    private static void OrderTables(ModelBuilder builder)
    {
        builder.Entity<Order>(order =>
        {
            order.ToTable("orders", table =>
            {
                table.HasCheckConstraint("ck_orders_tax", "\"net_minor\" + \"tax_minor\" = \"price_minor\"");
                table.HasCheckConstraint("ck_orders_price", "\"price_minor\" = \"due_minor\" + \"due_points\" * \"point_value_minor\"");
                table.HasCheckConstraint("ck_orders_reserved", "\"reserved_points\" >= 0 AND \"reserved_points\" <= \"due_points\"");
                table.HasCheckConstraint("ck_orders_amounts", "\"due_minor\" >= 0 AND \"due_points\" >= 0");
            });
            order.Property(o => o.Number).HasMaxLength(32);
            order.Property(o => o.BonusPoints).HasDefaultValue(0L); // added later, and every row has it
            order.Property(o => o.ForSubscription).HasDefaultValue(false);
            order.Property(o => o.Reference).HasMaxLength(8);
            order.Property(o => o.BuyerCountry).HasMaxLength(2);
            order.Property(o => o.BuyerTaxId).HasMaxLength(20);
            order.Property(o => o.BillTo).HasMaxLength(200);
            order.Property(o => o.ReverseCharge).HasDefaultValue(false); // added later, and every row has it
            order.Property(o => o.BuyerEmail).HasMaxLength(254);
            order.Property(o => o.SessionHash).HasMaxLength(64);
            order.Property(o => o.AddressHash).HasMaxLength(64);
            order.Property(o => o.Currency).HasMaxLength(3);
            order.Property(o => o.Culture).HasMaxLength(20);
            order.Property(o => o.ReceiptTokenHash).HasMaxLength(64);
            order.HasIndex(o => o.Number).IsUnique();
            order.HasIndex(o => o.Reference).IsUnique();
            order.HasIndex(o => o.BuyerId);
            order.HasIndex(o => o.BuyerEmail);

            // what the limits of security.md section 4 are counted from
            order.HasIndex(o => new { o.SessionHash, o.PlacedAt }).HasFilter("\"session_hash\" IS NOT NULL");
            order.HasIndex(o => new { o.AddressHash, o.PlacedAt }).HasFilter("\"address_hash\" IS NOT NULL");
            order.HasIndex(o => new { o.State, o.ExpiresAt });

            // One order per cart version, among those that have not ended unpaid.
            order.HasIndex(o => new { o.CartId, o.CartVersion }, "ux_orders_cart_version").IsUnique()
                .HasFilter($"\"cart_id\" IS NOT NULL AND \"state\" NOT IN ({InWords(OrderStates.EndedUnpaid)})");
            order.HasMany(o => o.Promotions).WithOne().HasForeignKey(p => p.OrderId).OnDelete(DeleteBehavior.Restrict);
            order.HasMany(o => o.Lines).WithOne().HasForeignKey(l => l.OrderId).OnDelete(DeleteBehavior.Restrict);
            order.HasOne<Member>().WithMany().HasForeignKey(o => o.BuyerId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<OrderPromotion>(promotion =>
        {
            promotion.ToTable("order_promotions", table => table.HasCheckConstraint(
                "ck_order_promotions_gives", "\"amount_minor\" >= 0 AND \"months\" >= 0 AND \"points\" >= 0"));
            promotion.Property(p => p.Key).HasMaxLength(32);
            promotion.Property(p => p.Name).HasMaxLength(60);
            promotion.Property(p => p.Code).HasMaxLength(32);
            promotion.HasIndex(p => new { p.OrderId, p.Key }).IsUnique();
            promotion.HasIndex(p => p.Key);
        });

        builder.Entity<OrderLine>(line =>
        {
            line.ToTable("order_lines", table =>
            {
                table.HasCheckConstraint("ck_order_lines_tax", "\"net_minor\" + \"tax_minor\" = \"price_minor\"");
                table.HasCheckConstraint("ck_order_lines_amounts", "\"due_minor\" >= 0 AND \"due_points\" >= 0");
                table.HasCheckConstraint("ck_order_lines_quantity", "\"quantity\" BETWEEN 1 AND 1000");
            });
            line.Property(l => l.GoneConfirmed).HasDefaultValue(false);
            line.Property(l => l.Sku).HasMaxLength(64);
            line.Property(l => l.Kind).HasMaxLength(32);
            line.Property(l => l.DiscountMinor).HasDefaultValue(0L); // added later, and every row has it
            line.Property(l => l.AddedTaxMinor).HasDefaultValue(0L); // added later as well
            line.Property(l => l.Title).HasMaxLength(200);
            line.Property(l => l.RecipientName).HasMaxLength(64);
            line.Property(l => l.RecipientEmail).HasMaxLength(254);
            line.Property(l => l.Note).HasMaxLength(500);
            line.Property(l => l.TaxCategory).HasMaxLength(32);
            line.HasIndex(l => new { l.OrderId, l.Position }).IsUnique();

            // no foreign keys: SQLite would rebuild the whole table for them, and neither sellers nor their buyers are ever deleted
            line.HasIndex(l => new { l.SellerId, l.Id }).HasFilter("\"seller_id\" IS NOT NULL");
            line.HasIndex(l => new { l.SellerBuyerId, l.OrderId }).HasFilter("\"seller_buyer_id\" IS NOT NULL");
        });

        builder.Entity<OrderEvent>(change =>
        {
            change.ToTable("order_events");
            change.Property(e => e.Reason).HasMaxLength(200);
            change.HasIndex(e => new { e.OrderId, e.Seq }).IsUnique();
            change.HasOne<Order>().WithMany().HasForeignKey(e => e.OrderId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<OrderFlag>(flag =>
        {
            flag.ToTable("order_flags");
            flag.Property(f => f.By).HasMaxLength(64);
            flag.Property(f => f.ClearReason).HasMaxLength(500);
            flag.HasIndex(f => new { f.OrderId, f.Kind }, "ux_order_flags_open").IsUnique().HasFilter("\"cleared_at\" IS NULL");
            flag.HasOne<Order>().WithMany().HasForeignKey(f => f.OrderId).OnDelete(DeleteBehavior.Restrict);
        });
    }

    /// <summary>Receipts and credit notes, the counters of their numbers, and what says where buyers are.</summary>
    private static void PaperTables(ModelBuilder builder)
    {
        builder.Entity<PaperCounter>(counter =>
        {
            counter.ToTable("paper_counters");
            counter.HasKey(c => new { c.Seller, c.Kind, c.Year });
            counter.Property(c => c.Seller).HasMaxLength(32);
        });

        builder.Entity<Receipt>(receipt =>
        {
            receipt.ToTable("receipts");
            receipt.Property(r => r.Seller).HasMaxLength(32);
            receipt.Property(r => r.Number).HasMaxLength(32);
            receipt.Property(r => r.BuyerName).HasMaxLength(64);
            receipt.Property(r => r.Brand).HasMaxLength(64);
            receipt.Property(r => r.Last4).HasMaxLength(4);
            receipt.HasIndex(r => r.OrderId).IsUnique();
            receipt.HasIndex(r => r.Number);
            receipt.HasIndex(r => new { r.Seller, r.Year, r.Seq }).IsUnique();
            receipt.HasOne<Order>().WithMany().HasForeignKey(r => r.OrderId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<CreditNote>(note =>
        {
            note.ToTable("credit_notes");
            note.Property(n => n.Seller).HasMaxLength(32);
            note.Property(n => n.Number).HasMaxLength(32);
            note.HasIndex(n => n.OrderId);
            note.HasIndex(n => n.Number);
            note.HasIndex(n => new { n.Seller, n.Year, n.Seq }).IsUnique();
            note.HasIndex(n => n.RefundId, "ux_credit_notes_refund").IsUnique().HasFilter("\"voided_at\" IS NULL");
            note.HasOne<Order>().WithMany().HasForeignKey(n => n.OrderId).OnDelete(DeleteBehavior.Restrict);
            note.HasOne<Receipt>().WithMany().HasForeignKey(n => n.ReceiptId).OnDelete(DeleteBehavior.Restrict);
            note.HasOne<Refund>().WithMany().HasForeignKey(n => n.RefundId).OnDelete(DeleteBehavior.Restrict);
            note.HasMany(n => n.Lines).WithOne().HasForeignKey(l => l.CreditNoteId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<CreditNoteLine>(line =>
        {
            line.ToTable("credit_note_lines", table => table.HasCheckConstraint("ck_credit_note_lines_amounts", "\"net_minor\" >= 0 AND \"tax_minor\" >= 0"));
            line.HasIndex(l => l.CreditNoteId);
            line.HasIndex(l => l.OrderLineId);
            line.HasOne<OrderLine>().WithMany().HasForeignKey(l => l.OrderLineId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<TaxEvidence>(piece =>
        {
            piece.ToTable("tax_evidence");
            piece.Property(e => e.Country).HasMaxLength(2);
            piece.HasIndex(e => new { e.OrderId, e.Kind }).IsUnique();
            piece.HasOne<Order>().WithMany().HasForeignKey(e => e.OrderId).OnDelete(DeleteBehavior.Restrict);
        });
    }

    private static void PaymentTables(ModelBuilder builder)
    {
        builder.Entity<PaymentAttempt>(attempt =>
        {
            attempt.ToTable("payment_attempts", table => table.HasCheckConstraint("ck_payment_attempts_amount", "\"amount_minor\" > 0"));
            attempt.Property(a => a.Id).ValueGeneratedNever();
            attempt.Property(a => a.Provider).HasMaxLength(32);
            attempt.Property(a => a.IdemKey).HasMaxLength(96);
            attempt.Property(a => a.Currency).HasMaxLength(3);
            attempt.Property(a => a.ProviderRef).HasMaxLength(200);
            attempt.Property(a => a.Reason).HasMaxLength(64);
            attempt.Property(a => a.AddressHash).HasMaxLength(64);
            attempt.Property(a => a.CustomerId).HasMaxLength(200);
            attempt.Property(a => a.OffSession).HasDefaultValue(false); // added later, and every row has it
            attempt.HasIndex(a => a.SavedMethodId).HasFilter("\"saved_method_id\" IS NOT NULL");
            attempt.HasIndex(a => new { a.SellerId, a.CreatedAt }).HasFilter("\"seller_id\" IS NOT NULL"); // no foreign key: added later
            attempt.HasIndex(a => new { a.AddressHash, a.CreatedAt }).HasFilter("\"address_hash\" IS NOT NULL");
            attempt.HasIndex(a => new { a.OrderId, a.Seq }).IsUnique();
            attempt.HasIndex(a => a.IdemKey).IsUnique();
            attempt.HasIndex(a => new { a.Provider, a.ProviderRef }).IsUnique().HasFilter("\"provider_ref\" IS NOT NULL");
            attempt.HasIndex(a => a.OrderId, "ux_attempt_live").IsUnique().HasFilter($"\"state\" IN ({InWords(AttemptStates.Live)})");
            attempt.HasIndex(a => a.NextCheckAt, "ix_payment_attempts_open").HasFilter($"\"state\" IN ({InWords(AttemptStates.Open)})");
            attempt.HasOne<Order>().WithMany().HasForeignKey(a => a.OrderId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<ProviderPayment>(payment =>
        {
            payment.ToTable("provider_payments", table => table.HasCheckConstraint(
                "ck_provider_payments_reserved", "\"reserved_minor\" >= 0 AND \"reserved_minor\" <= \"amount_minor\""));
            payment.Property(p => p.Provider).HasMaxLength(32);
            payment.Property(p => p.ProviderId).HasMaxLength(200);
            payment.Property(p => p.Currency).HasMaxLength(3);
            payment.Property(p => p.FeeCurrency).HasMaxLength(3);
            payment.HasIndex(p => new { p.Provider, p.ProviderId }).IsUnique();
            payment.HasIndex(p => p.AttemptId);
            payment.HasOne<PaymentAttempt>().WithMany().HasForeignKey(p => p.AttemptId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<ProviderCustomer>(customer =>
        {
            customer.ToTable("provider_customers");
            customer.Property(c => c.Provider).HasMaxLength(32);
            customer.Property(c => c.Mode).HasMaxLength(8);
            customer.Property(c => c.CustomerId).HasMaxLength(200);
            customer.HasIndex(c => new { c.MemberId, c.Provider, c.Mode }).IsUnique();
            customer.HasIndex(c => new { c.Provider, c.CustomerId });
        });

        builder.Entity<StoredMethod>(method =>
        {
            method.ToTable("saved_methods");
            method.Property(m => m.Handle).HasMaxLength(32);
            method.Property(m => m.Provider).HasMaxLength(32);
            method.Property(m => m.Mode).HasMaxLength(8);
            method.Property(m => m.Reference).HasMaxLength(400);
            method.Property(m => m.Brand).HasMaxLength(64);
            method.Property(m => m.Last4).HasMaxLength(4);
            method.HasIndex(m => m.Handle).IsUnique();
            method.HasIndex(m => new { m.Provider, m.Mode, m.Reference }).IsUnique();
            method.HasIndex(m => m.MemberId);
            method.HasOne<Member>().WithMany().HasForeignKey(m => m.MemberId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<MethodSetup>(setup =>
        {
            setup.ToTable("method_setups");
            setup.Property(s => s.Id).ValueGeneratedNever();
            setup.Property(s => s.Provider).HasMaxLength(32);
            setup.Property(s => s.Mode).HasMaxLength(8);
            setup.Property(s => s.IdemKey).HasMaxLength(96);
            setup.Property(s => s.ProviderRef).HasMaxLength(200);
            setup.Property(s => s.CustomerId).HasMaxLength(200);
            setup.HasIndex(s => s.IdemKey).IsUnique();
            setup.HasIndex(s => new { s.Provider, s.ProviderRef }).IsUnique().HasFilter("\"provider_ref\" IS NOT NULL");
            setup.HasIndex(s => new { s.MemberId, s.CreatedAt });
            setup.HasIndex(s => new { s.SellerId, s.CreatedAt }).HasFilter("\"seller_id\" IS NOT NULL"); // no foreign key: added later
            setup.HasOne<Member>().WithMany().HasForeignKey(s => s.MemberId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<Refund>(refund =>
        {
            refund.ToTable("refunds", table =>
            {
                table.HasCheckConstraint("ck_refunds_value", "\"amount_minor\" >= 0 AND \"points\" >= 0 AND \"amount_minor\" + \"points\" > 0");
                table.HasCheckConstraint("ck_refunds_payment", "\"payment_id\" IS NOT NULL OR \"amount_minor\" = 0");
            });
            refund.Property(r => r.Id).ValueGeneratedNever();
            refund.Property(r => r.IdemKey).HasMaxLength(96);
            refund.Property(r => r.ProviderRef).HasMaxLength(200);
            refund.Property(r => r.Reason).HasMaxLength(500);
            refund.Property(r => r.By).HasMaxLength(64);
            refund.HasIndex(r => r.IdemKey).IsUnique();
            refund.HasIndex(r => new { r.PaymentId, r.ProviderRef }).IsUnique().HasFilter("\"provider_ref\" IS NOT NULL");
            refund.HasIndex(r => r.PaymentId);
            refund.Property(r => r.Checks).HasDefaultValue(0); // added later, and every row has it
            refund.HasIndex(r => r.NextCheckAt, "ix_refunds_open").HasFilter($"\"state\" IN ({InWords(RefundStates.Open)})");
            refund.HasIndex(r => r.OrderId);
            refund.HasIndex(r => r.DisputeId).HasFilter("\"dispute_id\" IS NOT NULL");
            refund.Property(r => r.Failure).HasMaxLength(64);
            refund.HasIndex(r => new { r.ActorId, r.CreatedAt }).HasFilter("\"actor_id\" IS NOT NULL");
            refund.HasOne<ProviderPayment>().WithMany().HasForeignKey(r => r.PaymentId).OnDelete(DeleteBehavior.Restrict);
            refund.HasOne<Order>().WithMany().HasForeignKey(r => r.OrderId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<Dispute>(dispute =>
        {
            dispute.ToTable("disputes", table => table.HasCheckConstraint("ck_disputes_amount", "\"amount_minor\" > 0"));
            dispute.Property(d => d.ProviderRef).HasMaxLength(200);
            dispute.HasIndex(d => new { d.PaymentId, d.ProviderRef }).IsUnique();
            dispute.HasIndex(d => d.OrderId);
            dispute.HasIndex(d => d.NextCheckAt).HasFilter("\"next_check_at\" IS NOT NULL");
            dispute.HasOne<ProviderPayment>().WithMany().HasForeignKey(d => d.PaymentId).OnDelete(DeleteBehavior.Restrict);
            dispute.HasOne<Order>().WithMany().HasForeignKey(d => d.OrderId).OnDelete(DeleteBehavior.Restrict);
            dispute.HasOne<Refund>().WithMany().HasForeignKey(d => d.RefundId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<ProviderStand>(stand =>
        {
            stand.ToTable("provider_stands");
            stand.HasKey(s => s.Provider);
            stand.Property(s => s.Provider).HasMaxLength(32);
            stand.Property(s => s.Trouble).HasMaxLength(Core.ProviderStands.MostTrouble);
        });

        builder.Entity<WebhookRefusal>(refusal =>
        {
            refusal.ToTable("webhook_refusals");
            refusal.HasKey(r => new { r.Provider, r.Answer, r.Why });
            refusal.Property(r => r.Provider).HasMaxLength(32);
            refusal.Property(r => r.Why).HasMaxLength(WebhookCounts.MostWords);
        });

        builder.Entity<TestPurchase>(test =>
        {
            test.ToTable("test_purchases");
            test.Property(t => t.Provider).HasMaxLength(32);
            test.HasIndex(t => t.Key).IsUnique();
            test.HasIndex(t => t.OrderId).IsUnique();
            test.HasIndex(t => new { t.AskedBy, t.AskedAt });
            test.HasOne<Order>().WithMany().HasForeignKey(t => t.OrderId).OnDelete(DeleteBehavior.Restrict);
            test.HasOne<Member>().WithMany().HasForeignKey(t => t.AskedBy).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<RefundLine>(line =>
        {
            line.ToTable("refund_lines");
            line.HasIndex(l => new { l.RefundId, l.OrderLineId }).IsUnique();
            line.HasIndex(l => l.OrderLineId);
            line.HasOne<Refund>().WithMany().HasForeignKey(l => l.RefundId).OnDelete(DeleteBehavior.Restrict);
            line.HasOne<OrderLine>().WithMany().HasForeignKey(l => l.OrderLineId).OnDelete(DeleteBehavior.Restrict);
        });
    }

    private static void StaffPaymentTables(ModelBuilder builder)
    {
        builder.Entity<HandEntry>(entry =>
        {
            entry.ToTable("hand_entries", table =>
            {
                table.HasCheckConstraint("ck_hand_entries_amount", "\"amount_minor\" > 0");
                table.HasCheckConstraint("ck_hand_entries_refund", $"(\"kind\" = '{Words.Of(HandEntryKind.Returned)}') = (\"refund_id\" IS NOT NULL)");
            });
            entry.Property(e => e.Currency).HasMaxLength(3);
            entry.Property(e => e.Note).HasMaxLength(HandDesk.MostNote);
            entry.HasIndex(e => new { e.AttemptId, e.Id });
            entry.HasIndex(e => e.AttemptId, "ux_hand_entries_received").IsUnique().HasFilter($"\"kind\" = '{Words.Of(HandEntryKind.Received)}'");
            entry.HasIndex(e => e.AttemptId, "ux_hand_entries_voided").IsUnique().HasFilter($"\"kind\" = '{Words.Of(HandEntryKind.Voided)}'");
            entry.HasIndex(e => e.RefundId, "ux_hand_entries_returned").IsUnique().HasFilter("\"refund_id\" IS NOT NULL");
            entry.HasOne<PaymentAttempt>().WithMany().HasForeignKey(e => e.AttemptId).OnDelete(DeleteBehavior.Restrict);
            entry.HasOne<Refund>().WithMany().HasForeignKey(e => e.RefundId).OnDelete(DeleteBehavior.Restrict);
            entry.HasOne<Member>().WithMany().HasForeignKey(e => e.ActorId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<ProviderExchange>(exchange =>
        {
            // no foreign keys: written on the way of every purchase, and rows of it are erased, never what they tell of
            exchange.ToTable("provider_exchanges");
            exchange.Property(e => e.Provider).HasMaxLength(32);
            exchange.Property(e => e.Operation).HasMaxLength(16);
            exchange.Property(e => e.Outcome).HasMaxLength(32);
            exchange.Property(e => e.Why).HasMaxLength(200);
            exchange.Property(e => e.ProviderRef).HasMaxLength(200);
            exchange.Property(e => e.Currency).HasMaxLength(3);
            exchange.HasIndex(e => e.OrderId);
            exchange.HasIndex(e => e.At);
        });
    }

    private static void SubscriptionTables(ModelBuilder builder)
    {
        builder.Entity<Subscription>(subscription =>
        {
            var (ended, charged) = (Words.Of(SubscriptionState.Ended), InWords(SubscriptionStates.Charged));
            subscription.ToTable("subscriptions", table =>
            {
                table.HasCheckConstraint("ck_subscriptions_price", "\"price_minor\" > 0 AND \"months\" BETWEEN 1 AND 99");
                table.HasCheckConstraint("ck_subscriptions_end", $"(\"state\" = '{ended}') = (\"ended_at\" IS NOT NULL) AND (\"ended_at\" IS NULL) = (\"end_reason\" IS NULL)");
                table.HasCheckConstraint("ck_subscriptions_charge", $"\"next_charge_at\" IS NULL OR \"state\" IN ({charged})");
                table.HasCheckConstraint(
                    "ck_subscriptions_next",
                    "(\"next_sku\" IS NULL) = (\"next_months\" IS NULL) AND (\"next_sku\" IS NULL) = (\"next_price_minor\" IS NULL) AND (\"next_sku\" IS NULL) = (\"next_from\" IS NULL)");
                table.HasCheckConstraint("ck_subscriptions_paid", "(\"period\" = 0) = (\"paid_through\" IS NULL) AND (\"period\" = 0) = (\"anchor_at\" IS NULL)");
            });
            subscription.Property(s => s.Handle).HasMaxLength(32);
            subscription.Property(s => s.Product).HasMaxLength(64);
            subscription.Property(s => s.Sku).HasMaxLength(64);
            subscription.Property(s => s.NextSku).HasMaxLength(64);
            subscription.Property(s => s.Currency).HasMaxLength(3);
            subscription.Property(s => s.LeaseOwner).HasMaxLength(64);
            subscription.HasIndex(s => s.Handle).IsUnique();
            subscription.HasIndex(s => new { s.MemberId, s.RecipientId, s.Product }, "ux_subscriptions_live").IsUnique()
                .HasFilter($"\"state\" IN ({InWords(SubscriptionStates.Live)})");
            subscription.HasIndex(s => s.DueAt, "ix_subscriptions_due").HasFilter("\"due_at\" IS NOT NULL");
            subscription.HasIndex(s => s.NextChargeAt, "ix_subscriptions_charge").HasFilter("\"next_charge_at\" IS NOT NULL");
            subscription.HasIndex(s => s.MethodId).HasFilter("\"method_id\" IS NOT NULL");
            subscription.HasIndex(s => new { s.SellerBuyerId, s.Id }).HasFilter("\"seller_buyer_id\" IS NOT NULL"); // no foreign keys, as on order_lines
            subscription.HasOne<Member>().WithMany().HasForeignKey(s => s.MemberId).OnDelete(DeleteBehavior.Restrict);
            subscription.HasOne<Member>().WithMany().HasForeignKey(s => s.RecipientId).OnDelete(DeleteBehavior.Restrict);
            subscription.HasOne<StoredMethod>().WithMany().HasForeignKey(s => s.MethodId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<SubscriptionPeriod>(period =>
        {
            period.ToTable("subscription_periods", table => table.HasCheckConstraint("ck_subscription_periods_number", "\"number\" >= 1 AND \"tries\" >= 0"));
            period.Property(p => p.FixHash).HasMaxLength(64);
            period.HasIndex(p => new { p.SubscriptionId, p.Number }).IsUnique();
            period.HasIndex(p => p.OrderLineId).IsUnique();
            period.HasIndex(p => p.OrderId);
            period.HasIndex(p => p.FixHash).IsUnique().HasFilter("\"fix_hash\" IS NOT NULL");
            period.HasOne<Subscription>().WithMany().HasForeignKey(p => p.SubscriptionId).OnDelete(DeleteBehavior.Restrict);
            period.HasOne<Order>().WithMany().HasForeignKey(p => p.OrderId).OnDelete(DeleteBehavior.Restrict);
            period.HasOne<OrderLine>().WithMany().HasForeignKey(p => p.OrderLineId).OnDelete(DeleteBehavior.Restrict);
        });
    }

    private static void DeliveryTables(ModelBuilder builder)
    {
        builder.Entity<Delivery>(delivery =>
        {
            delivery.ToTable("deliveries");
            delivery.Property(d => d.EffectKey).HasMaxLength(64);
            delivery.Property(d => d.Note).HasMaxLength(500);
            delivery.Property(d => d.RecipientEmail).HasMaxLength(254);
            delivery.Property(d => d.StuckReason).HasMaxLength(64);
            delivery.Property(d => d.LeaseOwner).HasMaxLength(64);
            delivery.HasIndex(d => d.OrderLineId).IsUnique();
            delivery.HasIndex(d => d.EffectKey).IsUnique();
            delivery.HasIndex(d => d.OrderId);
            delivery.HasIndex(d => d.RecipientId);
            delivery.Property(d => d.Anonymous).HasDefaultValue(false); // added later, and every row has it
            delivery.Property(d => d.GoneConfirmed).HasDefaultValue(false);
            delivery.HasIndex(d => d.DueAt, "ix_deliveries_due").HasFilter($"\"state\" = '{Words.Of(DeliveryState.Scheduled)}'");
            delivery.HasIndex(d => d.DueAt, "ix_deliveries_stuck").HasFilter($"\"state\" = '{Words.Of(DeliveryState.Stuck)}'");
            delivery.HasOne<OrderLine>().WithMany().HasForeignKey(d => d.OrderLineId).OnDelete(DeleteBehavior.Restrict);
            delivery.HasOne<Order>().WithMany().HasForeignKey(d => d.OrderId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<DeliveryChange>(change =>
        {
            change.ToTable("delivery_changes");
            change.Property(c => c.Old).HasMaxLength(500);
            change.Property(c => c.New).HasMaxLength(500);
            change.HasIndex(c => c.DeliveryId);
            change.HasOne<Delivery>().WithMany().HasForeignKey(c => c.DeliveryId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<RandomDraw>(draw =>
        {
            draw.ToTable("random_draws");
            draw.HasIndex(d => d.DeliveryId);
            draw.HasOne<Delivery>().WithMany().HasForeignKey(d => d.DeliveryId).OnDelete(DeleteBehavior.Restrict);
            draw.HasOne<Member>().WithMany().HasForeignKey(d => d.DrawnId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<ClaimToken>(token =>
        {
            token.ToTable("claim_tokens");
            token.Property(t => t.Hash).HasMaxLength(64);
            token.HasIndex(t => t.Hash).IsUnique();
            token.HasIndex(t => t.OrderLineId);
            token.HasOne<OrderLine>().WithMany().HasForeignKey(t => t.OrderLineId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<Limit>(limit =>
        {
            limit.ToTable("limits", table => table.HasCheckConstraint("ck_limits_used", "\"used\" BETWEEN 0 AND \"max_uses\""));
            limit.Property(l => l.Code).HasMaxLength(96);
            limit.HasIndex(l => l.Code).IsUnique();
        });

        builder.Entity<LimitUse>(use =>
        {
            use.ToTable("limit_uses");
            use.HasKey(u => new { u.LimitId, u.OrderId });
            use.HasOne<Limit>().WithMany().HasForeignKey(u => u.LimitId).OnDelete(DeleteBehavior.Restrict);
            use.HasOne<Order>().WithMany().HasForeignKey(u => u.OrderId).OnDelete(DeleteBehavior.Restrict);
        });
    }

    private static void PointsTables(ModelBuilder builder) =>
        builder.Entity<PointsTransfer>(transfer =>
        {
            transfer.ToTable("points_transfers", table =>
            {
                table.HasCheckConstraint("ck_points_transfers_points", "\"points\" > 0");
                table.HasCheckConstraint("ck_points_transfers_people", "\"sender_id\" <> \"recipient_id\"");
            });
            transfer.Property(t => t.FormKey).HasMaxLength(64);
            transfer.Property(t => t.Note).HasMaxLength(500);
            transfer.HasIndex(t => new { t.SenderId, t.FormKey }).IsUnique();
            transfer.HasIndex(t => t.RecipientId);
            transfer.HasIndex(t => t.JournalId).IsUnique().HasFilter("\"journal_id\" IS NOT NULL");
            transfer.HasOne<Member>().WithMany().HasForeignKey(t => t.SenderId).OnDelete(DeleteBehavior.Restrict);
            transfer.HasOne<Member>().WithMany().HasForeignKey(t => t.RecipientId).OnDelete(DeleteBehavior.Restrict);
            transfer.HasOne<Journal>().WithMany().HasForeignKey(t => t.JournalId).OnDelete(DeleteBehavior.Restrict);
        });

    private static void PointsLotTables(ModelBuilder builder)
    {
        builder.Entity<PointsLot>(lot =>
        {
            lot.ToTable("points_lots", table => table.HasCheckConstraint("ck_points_lots_left", "\"points\" > 0 AND \"left\" BETWEEN 0 AND \"points\""));
            lot.HasIndex(l => new { l.MemberId, l.EndsAt }, "ix_points_lots_open").HasFilter("\"left\" > 0");
            lot.HasIndex(l => l.EndsAt, "ix_points_lots_ends").HasFilter("\"left\" > 0");
            lot.HasIndex(l => l.JournalId);
            lot.HasOne<Member>().WithMany().HasForeignKey(l => l.MemberId).OnDelete(DeleteBehavior.Restrict);
            lot.HasOne<Journal>().WithMany().HasForeignKey(l => l.JournalId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<PointsLotUse>(use =>
        {
            use.ToTable("points_lot_uses", table => table.HasCheckConstraint("ck_points_lot_uses_back", "\"points\" > 0 AND \"back\" BETWEEN 0 AND \"points\""));
            use.HasIndex(u => u.JournalId);
            use.HasIndex(u => u.LotId);
            use.HasOne<PointsLot>().WithMany().HasForeignKey(u => u.LotId).OnDelete(DeleteBehavior.Restrict);
            use.HasOne<Journal>().WithMany().HasForeignKey(u => u.JournalId).OnDelete(DeleteBehavior.Restrict);
        });
    }

    private static void ApprovalTables(ModelBuilder builder) =>
        builder.Entity<Approval>(approval =>
        {
            approval.ToTable("approvals", table =>
            {
                table.HasCheckConstraint("ck_approvals_decided", $"(\"state\" = '{Words.Of(ApprovalState.Open)}') = (\"decided_at\" IS NULL)");
                table.HasCheckConstraint("ck_approvals_people", $"\"decided_by\" IS NULL OR (\"decided_by\" = \"asked_by\") = (\"state\" = '{Words.Of(ApprovalState.Withdrawn)}')");
            });
            approval.Property(a => a.Key).HasMaxLength(64);
            approval.HasIndex(a => a.Key).IsUnique();
            approval.Property(a => a.Kind).HasMaxLength(32);
            approval.Property(a => a.Subject).HasMaxLength(64);
            approval.Property(a => a.Reason).HasMaxLength(Approval.MostReason);
            approval.HasIndex(a => new { a.Kind, a.Subject });
            approval.HasIndex(a => a.AskedAt, "ix_approvals_open").HasFilter($"\"state\" = '{Words.Of(ApprovalState.Open)}'");
            approval.HasOne<Member>().WithMany().HasForeignKey(a => a.AskedBy).OnDelete(DeleteBehavior.Restrict);
            approval.HasOne<Member>().WithMany().HasForeignKey(a => a.DecidedBy).OnDelete(DeleteBehavior.Restrict);
        });

    private static void ClosingTables(ModelBuilder builder) =>
        builder.Entity<AccountClosing>(closing =>
        {
            closing.ToTable("account_closings", table => table.HasCheckConstraint(
                "ck_account_closings_closed", $"(\"state\" = '{Words.Of(AccountClosingState.Closed)}') = (\"closed_at\" IS NOT NULL)"));
            closing.HasKey(c => c.MemberId);
            closing.Property(c => c.MemberId).ValueGeneratedNever();
            closing.HasOne<Member>().WithOne().HasForeignKey<AccountClosing>(c => c.MemberId).OnDelete(DeleteBehavior.Restrict);
        });

    private static void RenameTables(ModelBuilder builder)
    {
        builder.Entity<NameSwap>(swap =>
        {
            swap.ToTable("name_swaps", table =>
            {
                table.HasCheckConstraint("ck_name_swaps_people", "\"asker_id\" <> \"other_id\"");
                table.HasCheckConstraint("ck_name_swaps_decided", $"(\"state\" = '{Words.Of(NameSwapState.Asked)}') = (\"decided_at\" IS NULL)");
            });
            swap.Property(s => s.AskerName).HasMaxLength(64);
            swap.Property(s => s.OtherName).HasMaxLength(64);
            swap.HasIndex(s => s.AskerId, "ux_name_swaps_open").IsUnique().HasFilter($"\"state\" = '{Words.Of(NameSwapState.Asked)}'");
            swap.HasIndex(s => s.OtherId);
            swap.HasOne<Member>().WithMany().HasForeignKey(s => s.AskerId).OnDelete(DeleteBehavior.Restrict);
            swap.HasOne<Member>().WithMany().HasForeignKey(s => s.OtherId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<RenameToken>(token =>
        {
            token.ToTable("rename_tokens", table => table.HasCheckConstraint(
                "ck_rename_tokens_used", $"(\"state\" = '{Words.Of(RenameTokenState.Applied)}') = (\"used_at\" IS NOT NULL)"));
            token.Property(t => t.Code).HasMaxLength(20);
            token.Property(t => t.OldName).HasMaxLength(64);
            token.Property(t => t.NewName).HasMaxLength(64);
            token.Property(t => t.Reason).HasMaxLength(200);
            token.HasIndex(t => t.Code).IsUnique();
            token.HasIndex(t => new { t.DeliveryId, t.Piece }).IsUnique();
            token.HasIndex(t => t.OwnerId);
            token.HasOne<Member>().WithMany().HasForeignKey(t => t.OwnerId).OnDelete(DeleteBehavior.Restrict);
            token.HasOne<Delivery>().WithMany().HasForeignKey(t => t.DeliveryId).OnDelete(DeleteBehavior.Restrict);
        });
    }

    private static void CatalogueTables(ModelBuilder builder)
    {
        builder.Entity<VirtualGift>(gift =>
        {
            gift.ToTable("virtual_gifts", table =>
            {
                table.HasCheckConstraint("ck_virtual_gifts_approved", $"(\"state\" = '{Words.Of(VirtualGiftState.Proposed)}') = (\"approved_at\" IS NULL)");
            });
            gift.HasKey(g => g.Sku);
            gift.Property(g => g.Sku).HasMaxLength(64);
            gift.Property(g => g.Tags).HasMaxLength(VirtualGift.MostTags + 2);
            gift.HasOne<Member>().WithMany().HasForeignKey(g => g.MadeBy).OnDelete(DeleteBehavior.Restrict);
            gift.HasOne<Member>().WithMany().HasForeignKey(g => g.ApprovedBy).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<VirtualGiftOffer>(offer =>
        {
            offer.ToTable("virtual_gift_offers", table => table.HasCheckConstraint(
                "ck_virtual_gift_offers_decided", $"(\"state\" = '{Words.Of(VirtualGiftOfferState.Offered)}') = (\"decided_at\" IS NULL)"));
            offer.HasKey(o => o.DeliveryId);
            offer.Property(o => o.DeliveryId).ValueGeneratedNever();
            offer.HasIndex(o => new { o.RecipientId, o.State });
            offer.HasIndex(o => o.LapsesAt, "ix_virtual_gift_offers_open").HasFilter($"\"state\" = '{Words.Of(VirtualGiftOfferState.Offered)}'");
            offer.HasOne<Delivery>().WithMany().HasForeignKey(o => o.DeliveryId).OnDelete(DeleteBehavior.Restrict);
            offer.HasOne<Member>().WithMany().HasForeignKey(o => o.RecipientId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<Picture>(picture =>
        {
            picture.ToTable("pictures");
            picture.HasKey(p => p.Hash);
            picture.Property(p => p.Hash).HasMaxLength(64);
        });

        builder.Entity<ProductPicture>(picture =>
        {
            picture.ToTable("product_pictures");
            picture.HasKey(p => new { p.Sku, p.Size });
            picture.Property(p => p.Sku).HasMaxLength(64);
            picture.Property(p => p.Hash).HasMaxLength(64);
            picture.HasOne<Picture>().WithMany().HasForeignKey(p => p.Hash).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<CatalogueChange>(change =>
        {
            change.ToTable("catalogue_changes");
            change.Property(c => c.Sku).HasMaxLength(64);
            change.Property(c => c.Old).HasMaxLength(VirtualGift.MostTags + 100);
            change.Property(c => c.New).HasMaxLength(VirtualGift.MostTags + 100);
            change.Property(c => c.Reason).HasMaxLength(CatalogueDesk.MostReason);
            change.HasIndex(c => new { c.Sku, c.Id });
            change.HasOne<Member>().WithMany().HasForeignKey(c => c.ActorId).OnDelete(DeleteBehavior.Restrict);
        });
    }

    private static void EventTables(ModelBuilder builder)
    {
        builder.Entity<ShopEvent>(row =>
        {
            row.ToTable("shop_events", table => table.HasCheckConstraint("ck_shop_events_routed", "(\"routed_at\" IS NULL) = (\"route\" IS NULL)"));
            row.Ignore(e => e.Facts);
            row.Property(e => e.Kind).HasMaxLength(32);
            row.Property(e => e.Key).HasMaxLength(128);
            row.HasIndex(e => e.Key).IsUnique();
            row.HasIndex(e => e.Id, "ix_shop_events_waiting").HasFilter("\"routed_at\" IS NULL");
            row.HasIndex(e => e.MemberId);
            row.HasIndex(e => e.OrderId);
            row.HasIndex(e => e.SubscriptionId).HasFilter("\"subscription_id\" IS NOT NULL");
            row.HasIndex(e => new { e.SellerId, e.Id }).HasFilter("\"seller_id\" IS NOT NULL");
            row.HasOne<Member>().WithMany().HasForeignKey(e => e.MemberId).OnDelete(DeleteBehavior.Restrict);
            row.HasOne<Order>().WithMany().HasForeignKey(e => e.OrderId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<EventReceiver>(receiver =>
        {
            receiver.ToTable("event_receivers");
            receiver.Property(r => r.Address).HasMaxLength(EventDesk.MostAddress);
            receiver.HasIndex(r => r.Address).IsUnique().HasFilter("\"ended_at\" IS NULL AND \"seller_id\" IS NULL");
            receiver.HasIndex(r => r.SellerId, "ux_event_receivers_seller").IsUnique().HasFilter("\"ended_at\" IS NULL AND \"seller_id\" IS NOT NULL");
            receiver.HasOne<Member>().WithMany().HasForeignKey(r => r.MadeBy).OnDelete(DeleteBehavior.Restrict);
        });
    }

    private static void ResourceTables(ModelBuilder builder)
    {
        builder.Entity<Resource>(resource =>
        {
            resource.ToTable("resources", table => table.HasCheckConstraint("ck_resources_price", "\"price_minor\" > 0 AND (\"points\" IS NULL OR \"points\" > 0)"));
            resource.Property(r => r.Code).HasMaxLength(ResourceDesk.MostCode);
            resource.Property(r => r.Title).HasMaxLength(ResourceDesk.MostTitle);
            resource.Property(r => r.Summary).HasMaxLength(ResourceDesk.MostSummary);
            resource.Property(r => r.FileName).HasMaxLength(ResourceDesk.MostFileName);
            resource.Property(r => r.MediaType).HasMaxLength(ResourceDesk.MostMediaType);
            resource.Property(r => r.Address).HasMaxLength(ResourceDesk.MostAddress);
            resource.HasIndex(r => r.Code).IsUnique();
        });

        builder.Entity<ResourceFilePart>(part =>
        {
            part.ToTable("resource_file_parts");
            part.HasIndex(p => new { p.ResourceId, p.FileNumber, p.Number }).IsUnique();
            part.HasOne<Resource>().WithMany().HasForeignKey(p => p.ResourceId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<MatrixOrder>(order =>
        {
            order.ToTable("matrix_orders", table =>
            {
                table.HasCheckConstraint("ck_matrix_orders_claimed", "(\"claimed_at\" IS NULL) = (\"claimed_session_hash\" IS NULL) AND (\"claimed_at\" IS NOT NULL OR \"claimed_by\" IS NULL)");
                table.HasCheckConstraint("ck_matrix_orders_open", "\"open_key\" IS NULL OR (\"resource_id\" IS NOT NULL AND \"session_hash\" IS NOT NULL)");
            });
            order.HasKey(o => o.OrderId);
            order.Property(o => o.OrderId).ValueGeneratedNever();
            order.Property(o => o.FulfillmentUrl).HasMaxLength(MatrixOrder.MostUrl);
            order.Property(o => o.ReorderUrl).HasMaxLength(MatrixOrder.MostUrl);
            order.Property(o => o.ContractHash).HasMaxLength(52);
            order.Property(o => o.SessionHash).HasMaxLength(64);
            order.Property(o => o.ClaimedSessionHash).HasMaxLength(64);
            order.Property(o => o.OpenKey).HasMaxLength(64);
            order.HasIndex(o => o.OpenKey, "ux_matrix_orders_open_key").IsUnique().HasFilter("\"open_key\" IS NOT NULL");
            order.HasIndex(o => new { o.SessionHash, o.OrderId }).HasFilter("\"session_hash\" IS NOT NULL");
            order.HasIndex(o => o.ClaimedBy).HasFilter("\"claimed_by\" IS NOT NULL");
            order.HasIndex(o => o.Refunds, "ix_matrix_orders_refunds").HasFilter("\"refunds\" > 0"); // each node adds it up once a second
            order.HasOne<Order>().WithOne().HasForeignKey<MatrixOrder>(o => o.OrderId).OnDelete(DeleteBehavior.Restrict);
            order.HasOne<Resource>().WithMany().HasForeignKey(o => o.ResourceId).OnDelete(DeleteBehavior.Restrict);
            order.HasOne<Seller>().WithMany().HasForeignKey(o => o.SellerId).OnDelete(DeleteBehavior.Restrict);
            order.HasOne<Member>().WithMany().HasForeignKey(o => o.ClaimedBy).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<PaidSession>(session =>
        {
            session.ToTable("paid_sessions");
            session.Property(s => s.SessionHash).HasMaxLength(64);
            session.HasIndex(s => new { s.OrderId, s.SessionHash }).IsUnique();
            session.HasIndex(s => s.SessionHash);
            session.HasOne<MatrixOrder>().WithMany().HasForeignKey(s => s.OrderId).OnDelete(DeleteBehavior.Restrict);
        });
    }

    private static void SellerTables(ModelBuilder builder)
    {
        builder.Entity<Seller>(seller =>
        {
            seller.ToTable("sellers");
            seller.Property(s => s.Handle).HasMaxLength(SellerDesk.MostHandle);
            seller.Property(s => s.Name).HasMaxLength(SellerDesk.MostName);
            seller.Property(s => s.Contact).HasMaxLength(SellerDesk.MostContact);
            seller.Property(s => s.TermsUrl).HasMaxLength(SellerDesk.MostAddress);
            seller.Property(s => s.LogoHash).HasMaxLength(64);
            seller.Property(s => s.EmbedKey).HasMaxLength(32);
            seller.HasIndex(s => s.Handle).IsUnique();
            seller.HasIndex(s => s.EmbedKey).IsUnique();
            seller.HasOne<Picture>().WithMany().HasForeignKey(s => s.LogoHash).OnDelete(DeleteBehavior.Restrict);
            seller.HasOne<Member>().WithMany().HasForeignKey(s => s.MadeBy).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<SellerOrigin>(origin =>
        {
            origin.ToTable("seller_origins");
            origin.Property(o => o.Origin).HasMaxLength(SellerDesk.MostAddress);
            origin.HasIndex(o => new { o.SellerId, o.Origin }).IsUnique();
            origin.HasOne<Seller>().WithMany().HasForeignKey(o => o.SellerId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<SellerKey>(key =>
        {
            key.ToTable("seller_keys");
            key.Property(k => k.Prefix).HasMaxLength(16);
            key.Property(k => k.Hash).HasMaxLength(64);
            key.HasIndex(k => k.Prefix).IsUnique();
            key.HasIndex(k => k.SellerId);
            key.HasOne<Seller>().WithMany().HasForeignKey(k => k.SellerId).OnDelete(DeleteBehavior.Restrict);
            key.HasOne<Member>().WithMany().HasForeignKey(k => k.MadeBy).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<SellerProduct>(product =>
        {
            var (isFixed, recurring) = (Words.Of(SellerPricing.Fixed), Words.Of(SellerSale.Recurring));
            product.ToTable("seller_products", table =>
            {
                table.HasCheckConstraint(
                    "ck_seller_products_price",
                    $"(\"pricing\" = '{isFixed}' AND \"amount_minor\" > 0 AND \"least_minor\" IS NULL AND \"most_minor\" IS NULL)"
                    + $" OR (\"pricing\" <> '{isFixed}' AND \"amount_minor\" IS NULL AND \"least_minor\" > 0 AND \"most_minor\" >= \"least_minor\")");
                table.HasCheckConstraint("ck_seller_products_months", $"\"months\" BETWEEN 1 AND 99 OR (\"months\" IS NULL AND \"sale\" <> '{recurring}')");
            });
            product.Ignore(p => p.Sku);
            product.Property(p => p.Code).HasMaxLength(SellerDesk.MostCode);
            product.Property(p => p.Title).HasMaxLength(SellerDesk.MostTitle);
            product.Property(p => p.About).HasMaxLength(SellerDesk.MostAbout);
            product.Property(p => p.Currency).HasMaxLength(3);
            product.Property(p => p.TermsUrl).HasMaxLength(SellerDesk.MostAddress);
            product.Property(p => p.PictureHash).HasMaxLength(64);
            product.HasIndex(p => p.Code).IsUnique();
            product.HasIndex(p => p.SellerId);
            product.HasOne<Seller>().WithMany().HasForeignKey(p => p.SellerId).OnDelete(DeleteBehavior.Restrict);
            product.HasOne<Picture>().WithMany().HasForeignKey(p => p.PictureHash).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<SellerBuyer>(buyer =>
        {
            buyer.ToTable("seller_buyers");
            buyer.Property(b => b.Handle).HasMaxLength(32);
            buyer.Property(b => b.Uuid).HasMaxLength(Core.SellerBuyers.MostUuid);
            buyer.Property(b => b.Email).HasMaxLength(254);
            buyer.HasIndex(b => b.Handle).IsUnique();
            buyer.HasIndex(b => new { b.SellerId, b.Uuid }).IsUnique();
            buyer.HasIndex(b => new { b.MemberId, b.SellerId });
            buyer.HasOne<Seller>().WithMany().HasForeignKey(b => b.SellerId).OnDelete(DeleteBehavior.Restrict);
            buyer.HasOne<Member>().WithMany().HasForeignKey(b => b.MemberId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<SellerChange>(change =>
        {
            change.ToTable("seller_changes");
            change.Property(c => c.Subject).HasMaxLength(SellerDesk.MostAddress);
            change.Property(c => c.Old).HasMaxLength(SellerDesk.MostChange);
            change.Property(c => c.New).HasMaxLength(SellerDesk.MostChange);
            change.Property(c => c.Reason).HasMaxLength(SellerDesk.MostReason);
            change.HasIndex(c => new { c.SellerId, c.Id });
            change.HasOne<Seller>().WithMany().HasForeignKey(c => c.SellerId).OnDelete(DeleteBehavior.Restrict);
            change.HasOne<Member>().WithMany().HasForeignKey(c => c.ActorId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<Entitlement>(entitlement =>
        {
            entitlement.ToTable("entitlements", table =>
            {
                table.HasCheckConstraint("ck_entitlements_months", "\"months\" IS NULL OR \"months\" BETWEEN 1 AND 99");
                table.HasCheckConstraint("ck_entitlements_revoked", "(\"revoked_at\" IS NULL) = (\"revoked_reason\" IS NULL)");
            });
            entitlement.Property(e => e.RevokedReason).HasMaxLength(200);
            entitlement.HasIndex(e => e.DeliveryId).IsUnique();
            entitlement.HasIndex(e => new { e.MemberId, e.SellerId, e.ProductId });
            entitlement.HasIndex(e => e.ProductId);
            entitlement.HasOne<Seller>().WithMany().HasForeignKey(e => e.SellerId).OnDelete(DeleteBehavior.Restrict);
            entitlement.HasOne<SellerProduct>().WithMany().HasForeignKey(e => e.ProductId).OnDelete(DeleteBehavior.Restrict);
            entitlement.HasOne<Member>().WithMany().HasForeignKey(e => e.MemberId).OnDelete(DeleteBehavior.Restrict);
            entitlement.HasOne<Delivery>().WithMany().HasForeignKey(e => e.DeliveryId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<SellerMethod>(method =>
        {
            method.ToTable("seller_methods");
            method.Property(m => m.Handle).HasMaxLength(32);
            method.HasIndex(m => m.Handle).IsUnique();
            method.HasIndex(m => new { m.SellerBuyerId, m.MethodId }).IsUnique();
            method.HasIndex(m => m.MethodId);
            method.HasOne<SellerBuyer>().WithMany().HasForeignKey(m => m.SellerBuyerId).OnDelete(DeleteBehavior.Restrict);
            method.HasOne<StoredMethod>().WithMany().HasForeignKey(m => m.MethodId).OnDelete(DeleteBehavior.Restrict);
            method.HasOne<Subscription>().WithMany().HasForeignKey(m => m.SubscriptionId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<EmbedWindow>(window =>
        {
            window.ToTable("embed_windows", table => table.HasCheckConstraint(
                "ck_embed_windows_used", "(\"used_at\" IS NULL) = (\"key_hash\" IS NULL) AND (\"order_id\" IS NULL OR \"used_at\" IS NOT NULL)"));
            window.Property(w => w.SessionHash).HasMaxLength(64);
            window.Property(w => w.TokenHash).HasMaxLength(64);
            window.Property(w => w.KeyHash).HasMaxLength(64);
            window.HasIndex(w => w.SessionHash);
            window.HasIndex(w => w.TokenHash).IsUnique();
            window.HasIndex(w => w.KeyHash).IsUnique().HasFilter("\"key_hash\" IS NOT NULL");
            window.HasIndex(w => w.ExpiresAt).HasFilter("\"order_id\" IS NULL");
            window.HasOne<SellerProduct>().WithMany().HasForeignKey(w => w.ProductId).OnDelete(DeleteBehavior.Restrict);
            window.HasOne<Order>().WithMany().HasForeignKey(w => w.OrderId).OnDelete(DeleteBehavior.Restrict);
        });

        builder.Entity<ApiRequest>(key =>
        {
            key.ToTable("api_idempotency", table => table.HasCheckConstraint(
                "ck_api_idempotency_done", $"(\"state\" = '{Words.Of(ApiRequestState.Done)}') = (\"status\" IS NOT NULL) AND (\"status\" IS NULL) = (\"done_at\" IS NULL)"));
            key.Property(k => k.Principal).HasMaxLength(64);
            key.Property(k => k.Key).HasMaxLength(255);
            key.Property(k => k.RequestHash).HasMaxLength(64);
            key.HasIndex(k => new { k.Principal, k.Key }).IsUnique();
            key.HasIndex(k => k.MadeAt);
        });
    }

    private static void QueueTables(ModelBuilder builder)
    {
        builder.Entity<OutboxRow>(row =>
        {
            row.ToTable("outbox");
            row.Property(r => r.DedupeKey).HasMaxLength(128);
            row.Property(r => r.Kind).HasMaxLength(32);
            row.Property(r => r.LeaseOwner).HasMaxLength(64);
            row.HasIndex(r => r.DedupeKey).IsUnique();
            row.HasIndex(r => new { r.DueAt, r.Id }, "ix_outbox_due").HasFilter("\"done_at\" IS NULL AND \"dead\" = 0");
            row.Ignore(r => r.MostTries);
            row.Property(r => r.Failure).HasMaxLength(OutboxRun.MostFailure);
            row.HasIndex(r => r.EventId).HasFilter("\"event_id\" IS NOT NULL");
            row.HasIndex(r => r.Id, "ix_outbox_failed").HasFilter("\"failure\" IS NOT NULL OR \"dead\" = 1");
            // no foreign key to the event: SQLite would rebuild the whole table for it, and events are never deleted
        });

        builder.Entity<JobLease>(job =>
        {
            job.ToTable("job_leases");
            job.HasKey(j => j.Name);
            job.Property(j => j.Name).HasMaxLength(64);
            job.Property(j => j.Owner).HasMaxLength(64);
        });

        builder.Entity<WebhookEvent>(row =>
        {
            row.ToTable("webhook_inbox");
            row.Property(r => r.Provider).HasMaxLength(32);
            row.Property(r => r.EventId).HasMaxLength(200);
            row.Property(r => r.Type).HasMaxLength(100);
            row.Property(r => r.Subject).HasMaxLength(400);
            row.Property(r => r.LeaseOwner).HasMaxLength(64);
            row.HasIndex(r => new { r.Provider, r.EventId }).IsUnique();
            row.HasIndex(r => new { r.DueAt, r.Id }, "ix_webhook_inbox_due").HasFilter("\"processed_at\" IS NULL AND \"dead\" = 0");
        });
    }
}

/// <summary>The shop's tables in one SQLite file.</summary>
public sealed class SqliteShopDb(DbContextOptions<SqliteShopDb> options) : ShopDbContext(options);

/// <summary>The shop's tables in PostgreSQL.</summary>
public sealed class PostgresShopDb(DbContextOptions<PostgresShopDb> options) : ShopDbContext(options);
