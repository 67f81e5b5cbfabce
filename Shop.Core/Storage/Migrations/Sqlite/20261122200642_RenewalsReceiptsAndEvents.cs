using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Shop.Core.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class RenewalsReceiptsAndEvents : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "dispute_id",
                table: "refunds",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "fee_currency",
                table: "provider_payments",
                type: "TEXT",
                maxLength: 3,
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "fee_minor",
                table: "provider_payments",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "off_session",
                table: "payment_attempts",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<long>(
                name: "event_id",
                table: "outbox",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "failure",
                table: "outbox",
                type: "TEXT",
                maxLength: 200,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "bill_to",
                table: "orders",
                type: "TEXT",
                maxLength: 200,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "buyer_country",
                table: "orders",
                type: "TEXT",
                maxLength: 2,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "buyer_tax_id",
                table: "orders",
                type: "TEXT",
                maxLength: 20,
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "for_subscription",
                table: "orders",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<int>(
                name: "reverse_charge",
                table: "orders",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<long>(
                name: "added_tax_minor",
                table: "order_lines",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<long>(
                name: "points",
                table: "order_flags",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "reminders_off_at",
                table: "members",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "strange_sign_in_at",
                table: "members",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "bill_to",
                table: "carts",
                type: "TEXT",
                maxLength: 200,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "country",
                table: "carts",
                type: "TEXT",
                maxLength: 2,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "tax_id",
                table: "carts",
                type: "TEXT",
                maxLength: 20,
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "renews",
                table: "cart_lines",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.CreateTable(
                name: "event_receivers",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    address = table.Column<string>(type: "TEXT", maxLength: 500, nullable: false),
                    generation = table.Column<int>(type: "INTEGER", nullable: false),
                    changed_at = table.Column<long>(type: "INTEGER", nullable: true),
                    made_by = table.Column<long>(type: "INTEGER", nullable: false),
                    made_at = table.Column<long>(type: "INTEGER", nullable: false),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_event_receivers", x => x.id);
                    table.ForeignKey(
                        name: "fk_event_receivers_members_made_by",
                        column: x => x.made_by,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "paper_counters",
                columns: table => new
                {
                    seller = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    kind = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    year = table.Column<int>(type: "INTEGER", nullable: false),
                    last = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_paper_counters", x => new { x.seller, x.kind, x.year });
                });

            migrationBuilder.CreateTable(
                name: "provider_stands",
                columns: table => new
                {
                    provider = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    paused_since = table.Column<long>(type: "INTEGER", nullable: true),
                    paused_until = table.Column<long>(type: "INTEGER", nullable: true),
                    fault = table.Column<string>(type: "TEXT", maxLength: 32, nullable: true),
                    answered_at = table.Column<long>(type: "INTEGER", nullable: true),
                    asked_at = table.Column<long>(type: "INTEGER", nullable: true),
                    healthy_at = table.Column<long>(type: "INTEGER", nullable: true),
                    trouble = table.Column<string>(type: "TEXT", maxLength: 200, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_provider_stands", x => x.provider);
                });

            migrationBuilder.CreateTable(
                name: "receipts",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    order_id = table.Column<long>(type: "INTEGER", nullable: false),
                    seller = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    year = table.Column<int>(type: "INTEGER", nullable: false),
                    seq = table.Column<long>(type: "INTEGER", nullable: false),
                    number = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    issued_at = table.Column<long>(type: "INTEGER", nullable: false),
                    rule_revision = table.Column<long>(type: "INTEGER", nullable: false),
                    buyer_name = table.Column<string>(type: "TEXT", maxLength: 64, nullable: true),
                    brand = table.Column<string>(type: "TEXT", maxLength: 64, nullable: true),
                    last4 = table.Column<string>(type: "TEXT", maxLength: 4, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_receipts", x => x.id);
                    table.ForeignKey(
                        name: "fk_receipts_orders_order_id",
                        column: x => x.order_id,
                        principalTable: "orders",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "shop_events",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    kind = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    key = table.Column<string>(type: "TEXT", maxLength: 128, nullable: false),
                    occurred_at = table.Column<long>(type: "INTEGER", nullable: false),
                    member_id = table.Column<long>(type: "INTEGER", nullable: true),
                    order_id = table.Column<long>(type: "INTEGER", nullable: true),
                    subscription_id = table.Column<long>(type: "INTEGER", nullable: true),
                    data = table.Column<string>(type: "TEXT", nullable: false),
                    mail = table.Column<string>(type: "TEXT", nullable: true),
                    routed_at = table.Column<long>(type: "INTEGER", nullable: true),
                    route = table.Column<string>(type: "TEXT", maxLength: 32, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_shop_events", x => x.id);
                    table.CheckConstraint("ck_shop_events_routed", "(\"routed_at\" IS NULL) = (\"route\" IS NULL)");
                    table.ForeignKey(
                        name: "fk_shop_events_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_shop_events_orders_order_id",
                        column: x => x.order_id,
                        principalTable: "orders",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "subscriptions",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    handle = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    member_id = table.Column<long>(type: "INTEGER", nullable: false),
                    recipient_id = table.Column<long>(type: "INTEGER", nullable: false),
                    anonymous = table.Column<int>(type: "INTEGER", nullable: false),
                    product = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    sku = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    months = table.Column<int>(type: "INTEGER", nullable: false),
                    price_minor = table.Column<long>(type: "INTEGER", nullable: false),
                    currency = table.Column<string>(type: "TEXT", maxLength: 3, nullable: false),
                    method_id = table.Column<long>(type: "INTEGER", nullable: true),
                    state = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    anchor_at = table.Column<long>(type: "INTEGER", nullable: true),
                    paid_months = table.Column<int>(type: "INTEGER", nullable: false),
                    period = table.Column<int>(type: "INTEGER", nullable: false),
                    paid_through = table.Column<long>(type: "INTEGER", nullable: true),
                    next_charge_at = table.Column<long>(type: "INTEGER", nullable: true),
                    due_at = table.Column<long>(type: "INTEGER", nullable: true),
                    next_sku = table.Column<string>(type: "TEXT", maxLength: 64, nullable: true),
                    next_months = table.Column<int>(type: "INTEGER", nullable: true),
                    next_price_minor = table.Column<long>(type: "INTEGER", nullable: true),
                    next_from = table.Column<long>(type: "INTEGER", nullable: true),
                    price_revision = table.Column<long>(type: "INTEGER", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    cancelled_at = table.Column<long>(type: "INTEGER", nullable: true),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true),
                    end_reason = table.Column<string>(type: "TEXT", maxLength: 32, nullable: true),
                    lease_owner = table.Column<string>(type: "TEXT", maxLength: 64, nullable: true),
                    lease_until = table.Column<long>(type: "INTEGER", nullable: false),
                    lease_no = table.Column<long>(type: "INTEGER", nullable: false),
                    version = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_subscriptions", x => x.id);
                    table.CheckConstraint("ck_subscriptions_charge", "\"next_charge_at\" IS NULL OR \"state\" IN ('active','past_due')");
                    table.CheckConstraint("ck_subscriptions_end", "(\"state\" = 'ended') = (\"ended_at\" IS NOT NULL) AND (\"ended_at\" IS NULL) = (\"end_reason\" IS NULL)");
                    table.CheckConstraint("ck_subscriptions_next", "(\"next_sku\" IS NULL) = (\"next_months\" IS NULL) AND (\"next_sku\" IS NULL) = (\"next_price_minor\" IS NULL) AND (\"next_sku\" IS NULL) = (\"next_from\" IS NULL)");
                    table.CheckConstraint("ck_subscriptions_paid", "(\"period\" = 0) = (\"paid_through\" IS NULL) AND (\"period\" = 0) = (\"anchor_at\" IS NULL)");
                    table.CheckConstraint("ck_subscriptions_price", "\"price_minor\" > 0 AND \"months\" BETWEEN 1 AND 99");
                    table.ForeignKey(
                        name: "fk_subscriptions_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_subscriptions_members_recipient_id",
                        column: x => x.recipient_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_subscriptions_saved_methods_method_id",
                        column: x => x.method_id,
                        principalTable: "saved_methods",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "tax_evidence",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    order_id = table.Column<long>(type: "INTEGER", nullable: false),
                    kind = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    country = table.Column<string>(type: "TEXT", maxLength: 2, nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_tax_evidence", x => x.id);
                    table.ForeignKey(
                        name: "fk_tax_evidence_orders_order_id",
                        column: x => x.order_id,
                        principalTable: "orders",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "test_purchases",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    key = table.Column<Guid>(type: "TEXT", nullable: false),
                    order_id = table.Column<long>(type: "INTEGER", nullable: false),
                    provider = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    asked_by = table.Column<long>(type: "INTEGER", nullable: false),
                    asked_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_test_purchases", x => x.id);
                    table.ForeignKey(
                        name: "fk_test_purchases_members_asked_by",
                        column: x => x.asked_by,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_test_purchases_orders_order_id",
                        column: x => x.order_id,
                        principalTable: "orders",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "webhook_refusals",
                columns: table => new
                {
                    provider = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    answer = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    why = table.Column<string>(type: "TEXT", maxLength: 80, nullable: false),
                    count = table.Column<long>(type: "INTEGER", nullable: false),
                    last_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_webhook_refusals", x => new { x.provider, x.answer, x.why });
                });

            migrationBuilder.CreateTable(
                name: "credit_notes",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    order_id = table.Column<long>(type: "INTEGER", nullable: false),
                    receipt_id = table.Column<long>(type: "INTEGER", nullable: false),
                    refund_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    seller = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    year = table.Column<int>(type: "INTEGER", nullable: false),
                    seq = table.Column<long>(type: "INTEGER", nullable: false),
                    number = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    issued_at = table.Column<long>(type: "INTEGER", nullable: false),
                    rule_revision = table.Column<long>(type: "INTEGER", nullable: false),
                    net_minor = table.Column<long>(type: "INTEGER", nullable: false),
                    tax_minor = table.Column<long>(type: "INTEGER", nullable: false),
                    amount_minor = table.Column<long>(type: "INTEGER", nullable: false),
                    points = table.Column<long>(type: "INTEGER", nullable: false),
                    voided_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_credit_notes", x => x.id);
                    table.ForeignKey(
                        name: "fk_credit_notes_orders_order_id",
                        column: x => x.order_id,
                        principalTable: "orders",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_credit_notes_receipts_receipt_id",
                        column: x => x.receipt_id,
                        principalTable: "receipts",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_credit_notes_refunds_refund_id",
                        column: x => x.refund_id,
                        principalTable: "refunds",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "subscription_periods",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    subscription_id = table.Column<long>(type: "INTEGER", nullable: false),
                    number = table.Column<int>(type: "INTEGER", nullable: false),
                    months = table.Column<int>(type: "INTEGER", nullable: false),
                    price_minor = table.Column<long>(type: "INTEGER", nullable: false),
                    starts_at = table.Column<long>(type: "INTEGER", nullable: true),
                    ends_at = table.Column<long>(type: "INTEGER", nullable: true),
                    order_id = table.Column<long>(type: "INTEGER", nullable: false),
                    order_line_id = table.Column<long>(type: "INTEGER", nullable: false),
                    tries = table.Column<int>(type: "INTEGER", nullable: false),
                    fix_hash = table.Column<string>(type: "TEXT", maxLength: 64, nullable: true),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_subscription_periods", x => x.id);
                    table.CheckConstraint("ck_subscription_periods_number", "\"number\" >= 1 AND \"tries\" >= 0");
                    table.ForeignKey(
                        name: "fk_subscription_periods_order_lines_order_line_id",
                        column: x => x.order_line_id,
                        principalTable: "order_lines",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_subscription_periods_orders_order_id",
                        column: x => x.order_id,
                        principalTable: "orders",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_subscription_periods_subscriptions_subscription_id",
                        column: x => x.subscription_id,
                        principalTable: "subscriptions",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "credit_note_lines",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    credit_note_id = table.Column<long>(type: "INTEGER", nullable: false),
                    order_line_id = table.Column<long>(type: "INTEGER", nullable: false),
                    net_minor = table.Column<long>(type: "INTEGER", nullable: false),
                    tax_minor = table.Column<long>(type: "INTEGER", nullable: false),
                    amount_minor = table.Column<long>(type: "INTEGER", nullable: false),
                    points = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_credit_note_lines", x => x.id);
                    table.CheckConstraint("ck_credit_note_lines_amounts", "\"net_minor\" >= 0 AND \"tax_minor\" >= 0");
                    table.ForeignKey(
                        name: "fk_credit_note_lines_credit_notes_credit_note_id",
                        column: x => x.credit_note_id,
                        principalTable: "credit_notes",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_credit_note_lines_order_lines_order_line_id",
                        column: x => x.order_line_id,
                        principalTable: "order_lines",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "ix_refunds_dispute_id",
                table: "refunds",
                column: "dispute_id",
                filter: "\"dispute_id\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_outbox_event_id",
                table: "outbox",
                column: "event_id",
                filter: "\"event_id\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_outbox_failed",
                table: "outbox",
                column: "id",
                filter: "\"failure\" IS NOT NULL OR \"dead\" = 1");

            migrationBuilder.CreateIndex(
                name: "ix_credit_note_lines_credit_note_id",
                table: "credit_note_lines",
                column: "credit_note_id");

            migrationBuilder.CreateIndex(
                name: "ix_credit_note_lines_order_line_id",
                table: "credit_note_lines",
                column: "order_line_id");

            migrationBuilder.CreateIndex(
                name: "ix_credit_notes_number",
                table: "credit_notes",
                column: "number");

            migrationBuilder.CreateIndex(
                name: "ix_credit_notes_order_id",
                table: "credit_notes",
                column: "order_id");

            migrationBuilder.CreateIndex(
                name: "ix_credit_notes_receipt_id",
                table: "credit_notes",
                column: "receipt_id");

            migrationBuilder.CreateIndex(
                name: "ix_credit_notes_seller_year_seq",
                table: "credit_notes",
                columns: new[] { "seller", "year", "seq" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ux_credit_notes_refund",
                table: "credit_notes",
                column: "refund_id",
                unique: true,
                filter: "\"voided_at\" IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_event_receivers_address",
                table: "event_receivers",
                column: "address",
                unique: true,
                filter: "\"ended_at\" IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_event_receivers_made_by",
                table: "event_receivers",
                column: "made_by");

            migrationBuilder.CreateIndex(
                name: "ix_receipts_number",
                table: "receipts",
                column: "number");

            migrationBuilder.CreateIndex(
                name: "ix_receipts_order_id",
                table: "receipts",
                column: "order_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_receipts_seller_year_seq",
                table: "receipts",
                columns: new[] { "seller", "year", "seq" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_shop_events_key",
                table: "shop_events",
                column: "key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_shop_events_member_id",
                table: "shop_events",
                column: "member_id");

            migrationBuilder.CreateIndex(
                name: "ix_shop_events_order_id",
                table: "shop_events",
                column: "order_id");

            migrationBuilder.CreateIndex(
                name: "ix_shop_events_subscription_id",
                table: "shop_events",
                column: "subscription_id",
                filter: "\"subscription_id\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_shop_events_waiting",
                table: "shop_events",
                column: "id",
                filter: "\"routed_at\" IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_subscription_periods_fix_hash",
                table: "subscription_periods",
                column: "fix_hash",
                unique: true,
                filter: "\"fix_hash\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_subscription_periods_order_id",
                table: "subscription_periods",
                column: "order_id");

            migrationBuilder.CreateIndex(
                name: "ix_subscription_periods_order_line_id",
                table: "subscription_periods",
                column: "order_line_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_subscription_periods_subscription_id_number",
                table: "subscription_periods",
                columns: new[] { "subscription_id", "number" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_subscriptions_charge",
                table: "subscriptions",
                column: "next_charge_at",
                filter: "\"next_charge_at\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_subscriptions_due",
                table: "subscriptions",
                column: "due_at",
                filter: "\"due_at\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_subscriptions_handle",
                table: "subscriptions",
                column: "handle",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_subscriptions_method_id",
                table: "subscriptions",
                column: "method_id",
                filter: "\"method_id\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_subscriptions_recipient_id",
                table: "subscriptions",
                column: "recipient_id");

            migrationBuilder.CreateIndex(
                name: "ux_subscriptions_live",
                table: "subscriptions",
                columns: new[] { "member_id", "recipient_id", "product" },
                unique: true,
                filter: "\"state\" IN ('pending','active','past_due','paused','ending')");

            migrationBuilder.CreateIndex(
                name: "ix_tax_evidence_order_id_kind",
                table: "tax_evidence",
                columns: new[] { "order_id", "kind" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_test_purchases_asked_by_asked_at",
                table: "test_purchases",
                columns: new[] { "asked_by", "asked_at" });

            migrationBuilder.CreateIndex(
                name: "ix_test_purchases_key",
                table: "test_purchases",
                column: "key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_test_purchases_order_id",
                table: "test_purchases",
                column: "order_id",
                unique: true);

            migrationBuilder.Sql(Moves.RefundProposals(isSqlite: true));

            migrationBuilder.Sql(Moves.DisputeRefunds);

            migrationBuilder.DropTable(
                name: "refund_proposals");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "credit_note_lines");

            migrationBuilder.DropTable(
                name: "event_receivers");

            migrationBuilder.DropTable(
                name: "paper_counters");

            migrationBuilder.DropTable(
                name: "provider_stands");

            migrationBuilder.DropTable(
                name: "shop_events");

            migrationBuilder.DropTable(
                name: "subscription_periods");

            migrationBuilder.DropTable(
                name: "tax_evidence");

            migrationBuilder.DropTable(
                name: "test_purchases");

            migrationBuilder.DropTable(
                name: "webhook_refusals");

            migrationBuilder.DropTable(
                name: "credit_notes");

            migrationBuilder.DropTable(
                name: "subscriptions");

            migrationBuilder.DropTable(
                name: "receipts");

            migrationBuilder.DropIndex(
                name: "ix_refunds_dispute_id",
                table: "refunds");

            migrationBuilder.DropIndex(
                name: "ix_outbox_event_id",
                table: "outbox");

            migrationBuilder.DropIndex(
                name: "ix_outbox_failed",
                table: "outbox");

            migrationBuilder.DropColumn(
                name: "dispute_id",
                table: "refunds");

            migrationBuilder.DropColumn(
                name: "fee_currency",
                table: "provider_payments");

            migrationBuilder.DropColumn(
                name: "fee_minor",
                table: "provider_payments");

            migrationBuilder.DropColumn(
                name: "off_session",
                table: "payment_attempts");

            migrationBuilder.DropColumn(
                name: "event_id",
                table: "outbox");

            migrationBuilder.DropColumn(
                name: "failure",
                table: "outbox");

            migrationBuilder.DropColumn(
                name: "bill_to",
                table: "orders");

            migrationBuilder.DropColumn(
                name: "buyer_country",
                table: "orders");

            migrationBuilder.DropColumn(
                name: "buyer_tax_id",
                table: "orders");

            migrationBuilder.DropColumn(
                name: "for_subscription",
                table: "orders");

            migrationBuilder.DropColumn(
                name: "reverse_charge",
                table: "orders");

            migrationBuilder.DropColumn(
                name: "added_tax_minor",
                table: "order_lines");

            migrationBuilder.DropColumn(
                name: "points",
                table: "order_flags");

            migrationBuilder.DropColumn(
                name: "reminders_off_at",
                table: "members");

            migrationBuilder.DropColumn(
                name: "strange_sign_in_at",
                table: "members");

            migrationBuilder.DropColumn(
                name: "bill_to",
                table: "carts");

            migrationBuilder.DropColumn(
                name: "country",
                table: "carts");

            migrationBuilder.DropColumn(
                name: "tax_id",
                table: "carts");

            migrationBuilder.DropColumn(
                name: "renews",
                table: "cart_lines");

            migrationBuilder.CreateTable(
                name: "refund_proposals",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    asked_at = table.Column<long>(type: "INTEGER", nullable: false),
                    asked_by = table.Column<long>(type: "INTEGER", nullable: false),
                    content = table.Column<string>(type: "TEXT", maxLength: 8000, nullable: false),
                    decided_at = table.Column<long>(type: "INTEGER", nullable: true),
                    decided_by = table.Column<long>(type: "INTEGER", nullable: true),
                    order_id = table.Column<long>(type: "INTEGER", nullable: false),
                    state = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_refund_proposals", x => x.id);
                    table.ForeignKey(
                        name: "fk_refund_proposals_orders_order_id",
                        column: x => x.order_id,
                        principalTable: "orders",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "ix_refund_proposals_order_id",
                table: "refund_proposals",
                column: "order_id");
        }
    }
}
