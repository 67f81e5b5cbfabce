using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Shop.Core.Storage.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class Subscriptions : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "off_session",
                table: "payment_attempts",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<int>(
                name: "for_subscription",
                table: "orders",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<int>(
                name: "renews",
                table: "cart_lines",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.CreateTable(
                name: "subscriptions",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    handle = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    member_id = table.Column<long>(type: "bigint", nullable: false),
                    recipient_id = table.Column<long>(type: "bigint", nullable: false),
                    anonymous = table.Column<int>(type: "integer", nullable: false),
                    product = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    sku = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    months = table.Column<int>(type: "integer", nullable: false),
                    price_minor = table.Column<long>(type: "bigint", nullable: false),
                    currency = table.Column<string>(type: "character varying(3)", maxLength: 3, nullable: false),
                    method_id = table.Column<long>(type: "bigint", nullable: true),
                    state = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    anchor_at = table.Column<long>(type: "bigint", nullable: true),
                    paid_months = table.Column<int>(type: "integer", nullable: false),
                    period = table.Column<int>(type: "integer", nullable: false),
                    paid_through = table.Column<long>(type: "bigint", nullable: true),
                    next_charge_at = table.Column<long>(type: "bigint", nullable: true),
                    due_at = table.Column<long>(type: "bigint", nullable: true),
                    next_sku = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: true),
                    next_months = table.Column<int>(type: "integer", nullable: true),
                    next_price_minor = table.Column<long>(type: "bigint", nullable: true),
                    next_from = table.Column<long>(type: "bigint", nullable: true),
                    price_revision = table.Column<long>(type: "bigint", nullable: false),
                    created_at = table.Column<long>(type: "bigint", nullable: false),
                    cancelled_at = table.Column<long>(type: "bigint", nullable: true),
                    ended_at = table.Column<long>(type: "bigint", nullable: true),
                    end_reason = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: true),
                    lease_owner = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: true),
                    lease_until = table.Column<long>(type: "bigint", nullable: false),
                    lease_no = table.Column<long>(type: "bigint", nullable: false),
                    version = table.Column<int>(type: "integer", nullable: false)
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
                name: "subscription_periods",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    subscription_id = table.Column<long>(type: "bigint", nullable: false),
                    number = table.Column<int>(type: "integer", nullable: false),
                    months = table.Column<int>(type: "integer", nullable: false),
                    price_minor = table.Column<long>(type: "bigint", nullable: false),
                    starts_at = table.Column<long>(type: "bigint", nullable: true),
                    ends_at = table.Column<long>(type: "bigint", nullable: true),
                    order_id = table.Column<long>(type: "bigint", nullable: false),
                    order_line_id = table.Column<long>(type: "bigint", nullable: false),
                    tries = table.Column<int>(type: "integer", nullable: false),
                    fix_hash = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: true),
                    created_at = table.Column<long>(type: "bigint", nullable: false)
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
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "subscription_periods");

            migrationBuilder.DropTable(
                name: "subscriptions");

            migrationBuilder.DropColumn(
                name: "off_session",
                table: "payment_attempts");

            migrationBuilder.DropColumn(
                name: "for_subscription",
                table: "orders");

            migrationBuilder.DropColumn(
                name: "renews",
                table: "cart_lines");
        }
    }
}
