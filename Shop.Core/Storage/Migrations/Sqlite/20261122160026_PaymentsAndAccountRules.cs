using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Shop.Core.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class PaymentsAndAccountRules : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "actor_id",
                table: "refunds",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "failure",
                table: "refunds",
                type: "TEXT",
                maxLength: 64,
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "succeeded_at",
                table: "refunds",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "used_goods",
                table: "refunds",
                type: "TEXT",
                maxLength: 32,
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "consent_version",
                table: "payment_attempts",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "customer_id",
                table: "payment_attempts",
                type: "TEXT",
                maxLength: 200,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "flow",
                table: "payment_attempts",
                type: "TEXT",
                maxLength: 32,
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "saved_method_id",
                table: "payment_attempts",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "gone_confirmed",
                table: "order_lines",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string>(
                name: "clear_reason",
                table: "order_flags",
                type: "TEXT",
                maxLength: 500,
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "confirmed_at",
                table: "job_leases",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "confirmed_by",
                table: "job_leases",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "gone_confirmed",
                table: "deliveries",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<int>(
                name: "gone_confirmed",
                table: "cart_lines",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.CreateTable(
                name: "approvals",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    key = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    kind = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    subject = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    details = table.Column<string>(type: "TEXT", nullable: false),
                    reason = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    asked_by = table.Column<long>(type: "INTEGER", nullable: false),
                    asked_at = table.Column<long>(type: "INTEGER", nullable: false),
                    state = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    decided_by = table.Column<long>(type: "INTEGER", nullable: true),
                    decided_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_approvals", x => x.id);
                    table.CheckConstraint("ck_approvals_decided", "(\"state\" = 'open') = (\"decided_at\" IS NULL)");
                    table.CheckConstraint("ck_approvals_people", "\"decided_by\" IS NULL OR (\"decided_by\" = \"asked_by\") = (\"state\" = 'withdrawn')");
                    table.ForeignKey(
                        name: "fk_approvals_members_asked_by",
                        column: x => x.asked_by,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_approvals_members_decided_by",
                        column: x => x.decided_by,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "disputes",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    payment_id = table.Column<long>(type: "INTEGER", nullable: false),
                    order_id = table.Column<long>(type: "INTEGER", nullable: false),
                    provider_ref = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    amount_minor = table.Column<long>(type: "INTEGER", nullable: false),
                    state = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    seen_at = table.Column<long>(type: "INTEGER", nullable: false),
                    next_check_at = table.Column<long>(type: "INTEGER", nullable: true),
                    refund_id = table.Column<Guid>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_disputes", x => x.id);
                    table.CheckConstraint("ck_disputes_amount", "\"amount_minor\" > 0");
                    table.ForeignKey(
                        name: "fk_disputes_orders_order_id",
                        column: x => x.order_id,
                        principalTable: "orders",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_disputes_provider_payments_payment_id",
                        column: x => x.payment_id,
                        principalTable: "provider_payments",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_disputes_refunds_refund_id",
                        column: x => x.refund_id,
                        principalTable: "refunds",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "hand_entries",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    kind = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    attempt_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    refund_id = table.Column<Guid>(type: "TEXT", nullable: true),
                    amount_minor = table.Column<long>(type: "INTEGER", nullable: false),
                    currency = table.Column<string>(type: "TEXT", maxLength: 3, nullable: false),
                    actor_id = table.Column<long>(type: "INTEGER", nullable: false),
                    note = table.Column<string>(type: "TEXT", maxLength: 200, nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_hand_entries", x => x.id);
                    table.CheckConstraint("ck_hand_entries_amount", "\"amount_minor\" > 0");
                    table.CheckConstraint("ck_hand_entries_refund", "(\"kind\" = 'returned') = (\"refund_id\" IS NOT NULL)");
                    table.ForeignKey(
                        name: "fk_hand_entries_members_actor_id",
                        column: x => x.actor_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_hand_entries_payment_attempts_attempt_id",
                        column: x => x.attempt_id,
                        principalTable: "payment_attempts",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_hand_entries_refunds_refund_id",
                        column: x => x.refund_id,
                        principalTable: "refunds",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "method_setups",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    member_id = table.Column<long>(type: "INTEGER", nullable: false),
                    provider = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    mode = table.Column<string>(type: "TEXT", maxLength: 8, nullable: false),
                    idem_key = table.Column<string>(type: "TEXT", maxLength: 96, nullable: false),
                    customer_id = table.Column<string>(type: "TEXT", maxLength: 200, nullable: true),
                    provider_ref = table.Column<string>(type: "TEXT", maxLength: 200, nullable: true),
                    consent_version = table.Column<int>(type: "INTEGER", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_method_setups", x => x.id);
                    table.ForeignKey(
                        name: "fk_method_setups_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "name_swaps",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    asker_id = table.Column<long>(type: "INTEGER", nullable: false),
                    other_id = table.Column<long>(type: "INTEGER", nullable: false),
                    asker_name = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    other_name = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    state = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    asked_at = table.Column<long>(type: "INTEGER", nullable: false),
                    lapses_at = table.Column<long>(type: "INTEGER", nullable: false),
                    decided_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_name_swaps", x => x.id);
                    table.CheckConstraint("ck_name_swaps_decided", "(\"state\" = 'asked') = (\"decided_at\" IS NULL)");
                    table.CheckConstraint("ck_name_swaps_people", "\"asker_id\" <> \"other_id\"");
                    table.ForeignKey(
                        name: "fk_name_swaps_members_asker_id",
                        column: x => x.asker_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_name_swaps_members_other_id",
                        column: x => x.other_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "points_lots",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    member_id = table.Column<long>(type: "INTEGER", nullable: false),
                    journal_id = table.Column<long>(type: "INTEGER", nullable: false),
                    points = table.Column<long>(type: "INTEGER", nullable: false),
                    left = table.Column<long>(type: "INTEGER", nullable: false),
                    since = table.Column<long>(type: "INTEGER", nullable: false),
                    ends_at = table.Column<long>(type: "INTEGER", nullable: false),
                    told_days = table.Column<int>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_points_lots", x => x.id);
                    table.CheckConstraint("ck_points_lots_left", "\"points\" > 0 AND \"left\" BETWEEN 0 AND \"points\"");
                    table.ForeignKey(
                        name: "fk_points_lots_journals_journal_id",
                        column: x => x.journal_id,
                        principalTable: "journals",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_points_lots_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "provider_exchanges",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    order_id = table.Column<long>(type: "INTEGER", nullable: false),
                    attempt_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    refund_id = table.Column<Guid>(type: "TEXT", nullable: true),
                    provider = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    operation = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    outcome = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    why = table.Column<string>(type: "TEXT", maxLength: 200, nullable: true),
                    provider_ref = table.Column<string>(type: "TEXT", maxLength: 200, nullable: true),
                    amount_minor = table.Column<long>(type: "INTEGER", nullable: true),
                    currency = table.Column<string>(type: "TEXT", maxLength: 3, nullable: true),
                    http_status = table.Column<int>(type: "INTEGER", nullable: true),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    took_ms = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_provider_exchanges", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "refund_proposals",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "TEXT", nullable: false),
                    order_id = table.Column<long>(type: "INTEGER", nullable: false),
                    state = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    content = table.Column<string>(type: "TEXT", maxLength: 8000, nullable: false),
                    asked_by = table.Column<long>(type: "INTEGER", nullable: false),
                    asked_at = table.Column<long>(type: "INTEGER", nullable: false),
                    decided_by = table.Column<long>(type: "INTEGER", nullable: true),
                    decided_at = table.Column<long>(type: "INTEGER", nullable: true)
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

            migrationBuilder.CreateTable(
                name: "saved_methods",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    handle = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    member_id = table.Column<long>(type: "INTEGER", nullable: false),
                    provider = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    mode = table.Column<string>(type: "TEXT", maxLength: 8, nullable: false),
                    reference = table.Column<string>(type: "TEXT", maxLength: 400, nullable: false),
                    brand = table.Column<string>(type: "TEXT", maxLength: 64, nullable: false),
                    last4 = table.Column<string>(type: "TEXT", maxLength: 4, nullable: true),
                    expires_on = table.Column<DateOnly>(type: "TEXT", nullable: true),
                    consent_at = table.Column<long>(type: "INTEGER", nullable: false),
                    consent_version = table.Column<int>(type: "INTEGER", nullable: false),
                    usage = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    default_at = table.Column<long>(type: "INTEGER", nullable: true),
                    used_at = table.Column<long>(type: "INTEGER", nullable: true),
                    forgotten_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_saved_methods", x => x.id);
                    table.ForeignKey(
                        name: "fk_saved_methods_members_member_id",
                        column: x => x.member_id,
                        principalTable: "members",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "points_lot_uses",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    lot_id = table.Column<long>(type: "INTEGER", nullable: false),
                    journal_id = table.Column<long>(type: "INTEGER", nullable: false),
                    points = table.Column<long>(type: "INTEGER", nullable: false),
                    back = table.Column<long>(type: "INTEGER", nullable: false),
                    seconds_left = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_points_lot_uses", x => x.id);
                    table.CheckConstraint("ck_points_lot_uses_back", "\"points\" > 0 AND \"back\" BETWEEN 0 AND \"points\"");
                    table.ForeignKey(
                        name: "fk_points_lot_uses_journals_journal_id",
                        column: x => x.journal_id,
                        principalTable: "journals",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_points_lot_uses_points_lots_lot_id",
                        column: x => x.lot_id,
                        principalTable: "points_lots",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "ix_refunds_actor_id_created_at",
                table: "refunds",
                columns: new[] { "actor_id", "created_at" },
                filter: "\"actor_id\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_provider_customers_provider_customer_id",
                table: "provider_customers",
                columns: new[] { "provider", "customer_id" });

            migrationBuilder.CreateIndex(
                name: "ix_payment_attempts_saved_method_id",
                table: "payment_attempts",
                column: "saved_method_id",
                filter: "\"saved_method_id\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_approvals_asked_by",
                table: "approvals",
                column: "asked_by");

            migrationBuilder.CreateIndex(
                name: "ix_approvals_decided_by",
                table: "approvals",
                column: "decided_by");

            migrationBuilder.CreateIndex(
                name: "ix_approvals_key",
                table: "approvals",
                column: "key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_approvals_kind_subject",
                table: "approvals",
                columns: new[] { "kind", "subject" });

            migrationBuilder.CreateIndex(
                name: "ix_approvals_open",
                table: "approvals",
                column: "asked_at",
                filter: "\"state\" = 'open'");

            migrationBuilder.CreateIndex(
                name: "ix_disputes_next_check_at",
                table: "disputes",
                column: "next_check_at",
                filter: "\"next_check_at\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_disputes_order_id",
                table: "disputes",
                column: "order_id");

            migrationBuilder.CreateIndex(
                name: "ix_disputes_payment_id_provider_ref",
                table: "disputes",
                columns: new[] { "payment_id", "provider_ref" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_disputes_refund_id",
                table: "disputes",
                column: "refund_id");

            migrationBuilder.CreateIndex(
                name: "ix_hand_entries_actor_id",
                table: "hand_entries",
                column: "actor_id");

            migrationBuilder.CreateIndex(
                name: "ix_hand_entries_attempt_id_id",
                table: "hand_entries",
                columns: new[] { "attempt_id", "id" });

            migrationBuilder.CreateIndex(
                name: "ux_hand_entries_received",
                table: "hand_entries",
                column: "attempt_id",
                unique: true,
                filter: "\"kind\" = 'received'");

            migrationBuilder.CreateIndex(
                name: "ux_hand_entries_returned",
                table: "hand_entries",
                column: "refund_id",
                unique: true,
                filter: "\"refund_id\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ux_hand_entries_voided",
                table: "hand_entries",
                column: "attempt_id",
                unique: true,
                filter: "\"kind\" = 'voided'");

            migrationBuilder.CreateIndex(
                name: "ix_method_setups_idem_key",
                table: "method_setups",
                column: "idem_key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_method_setups_member_id_created_at",
                table: "method_setups",
                columns: new[] { "member_id", "created_at" });

            migrationBuilder.CreateIndex(
                name: "ix_method_setups_provider_provider_ref",
                table: "method_setups",
                columns: new[] { "provider", "provider_ref" },
                unique: true,
                filter: "\"provider_ref\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_name_swaps_other_id",
                table: "name_swaps",
                column: "other_id");

            migrationBuilder.CreateIndex(
                name: "ux_name_swaps_open",
                table: "name_swaps",
                column: "asker_id",
                unique: true,
                filter: "\"state\" = 'asked'");

            migrationBuilder.CreateIndex(
                name: "ix_points_lot_uses_journal_id",
                table: "points_lot_uses",
                column: "journal_id");

            migrationBuilder.CreateIndex(
                name: "ix_points_lot_uses_lot_id",
                table: "points_lot_uses",
                column: "lot_id");

            migrationBuilder.CreateIndex(
                name: "ix_points_lots_ends",
                table: "points_lots",
                column: "ends_at",
                filter: "\"left\" > 0");

            migrationBuilder.CreateIndex(
                name: "ix_points_lots_journal_id",
                table: "points_lots",
                column: "journal_id");

            migrationBuilder.CreateIndex(
                name: "ix_points_lots_open",
                table: "points_lots",
                columns: new[] { "member_id", "ends_at" },
                filter: "\"left\" > 0");

            migrationBuilder.CreateIndex(
                name: "ix_provider_exchanges_at",
                table: "provider_exchanges",
                column: "at");

            migrationBuilder.CreateIndex(
                name: "ix_provider_exchanges_order_id",
                table: "provider_exchanges",
                column: "order_id");

            migrationBuilder.CreateIndex(
                name: "ix_refund_proposals_order_id",
                table: "refund_proposals",
                column: "order_id");

            migrationBuilder.CreateIndex(
                name: "ix_saved_methods_handle",
                table: "saved_methods",
                column: "handle",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_saved_methods_member_id",
                table: "saved_methods",
                column: "member_id");

            migrationBuilder.CreateIndex(
                name: "ix_saved_methods_provider_mode_reference",
                table: "saved_methods",
                columns: new[] { "provider", "mode", "reference" },
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "approvals");

            migrationBuilder.DropTable(
                name: "disputes");

            migrationBuilder.DropTable(
                name: "hand_entries");

            migrationBuilder.DropTable(
                name: "method_setups");

            migrationBuilder.DropTable(
                name: "name_swaps");

            migrationBuilder.DropTable(
                name: "points_lot_uses");

            migrationBuilder.DropTable(
                name: "provider_exchanges");

            migrationBuilder.DropTable(
                name: "refund_proposals");

            migrationBuilder.DropTable(
                name: "saved_methods");

            migrationBuilder.DropTable(
                name: "points_lots");

            migrationBuilder.DropIndex(
                name: "ix_refunds_actor_id_created_at",
                table: "refunds");

            migrationBuilder.DropIndex(
                name: "ix_provider_customers_provider_customer_id",
                table: "provider_customers");

            migrationBuilder.DropIndex(
                name: "ix_payment_attempts_saved_method_id",
                table: "payment_attempts");

            migrationBuilder.DropColumn(
                name: "actor_id",
                table: "refunds");

            migrationBuilder.DropColumn(
                name: "failure",
                table: "refunds");

            migrationBuilder.DropColumn(
                name: "succeeded_at",
                table: "refunds");

            migrationBuilder.DropColumn(
                name: "used_goods",
                table: "refunds");

            migrationBuilder.DropColumn(
                name: "consent_version",
                table: "payment_attempts");

            migrationBuilder.DropColumn(
                name: "customer_id",
                table: "payment_attempts");

            migrationBuilder.DropColumn(
                name: "flow",
                table: "payment_attempts");

            migrationBuilder.DropColumn(
                name: "saved_method_id",
                table: "payment_attempts");

            migrationBuilder.DropColumn(
                name: "gone_confirmed",
                table: "order_lines");

            migrationBuilder.DropColumn(
                name: "clear_reason",
                table: "order_flags");

            migrationBuilder.DropColumn(
                name: "confirmed_at",
                table: "job_leases");

            migrationBuilder.DropColumn(
                name: "confirmed_by",
                table: "job_leases");

            migrationBuilder.DropColumn(
                name: "gone_confirmed",
                table: "deliveries");

            migrationBuilder.DropColumn(
                name: "gone_confirmed",
                table: "cart_lines");
        }
    }
}
