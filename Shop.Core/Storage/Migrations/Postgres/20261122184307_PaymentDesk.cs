using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Shop.Core.Storage.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class PaymentDesk : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "dispute_id",
                table: "refunds",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "points",
                table: "order_flags",
                type: "bigint",
                nullable: true);

            migrationBuilder.AlterColumn<string>(
                name: "reason",
                table: "approvals",
                type: "character varying(500)",
                maxLength: 500,
                nullable: false,
                oldClrType: typeof(string),
                oldType: "character varying(200)",
                oldMaxLength: 200);

            migrationBuilder.CreateTable(
                name: "provider_stands",
                columns: table => new
                {
                    provider = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    paused_since = table.Column<long>(type: "bigint", nullable: true),
                    paused_until = table.Column<long>(type: "bigint", nullable: true),
                    fault = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: true),
                    answered_at = table.Column<long>(type: "bigint", nullable: true),
                    asked_at = table.Column<long>(type: "bigint", nullable: true),
                    healthy_at = table.Column<long>(type: "bigint", nullable: true),
                    trouble = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_provider_stands", x => x.provider);
                });

            migrationBuilder.CreateTable(
                name: "test_purchases",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    key = table.Column<Guid>(type: "uuid", nullable: false),
                    order_id = table.Column<long>(type: "bigint", nullable: false),
                    provider = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    asked_by = table.Column<long>(type: "bigint", nullable: false),
                    asked_at = table.Column<long>(type: "bigint", nullable: false)
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
                    provider = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    answer = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    why = table.Column<string>(type: "character varying(80)", maxLength: 80, nullable: false),
                    count = table.Column<long>(type: "bigint", nullable: false),
                    last_at = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_webhook_refusals", x => new { x.provider, x.answer, x.why });
                });

            migrationBuilder.CreateIndex(
                name: "ix_refunds_dispute_id",
                table: "refunds",
                column: "dispute_id",
                filter: "\"dispute_id\" IS NOT NULL");

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

            migrationBuilder.Sql(Moves.RefundProposals(isSqlite: false));

            migrationBuilder.Sql(Moves.DisputeRefunds);

            migrationBuilder.DropForeignKey(
                name: "fk_disputes_refunds_refund_id",
                table: "disputes");

            migrationBuilder.DropTable(
                name: "refund_proposals");

            migrationBuilder.DropIndex(
                name: "ix_disputes_refund_id",
                table: "disputes");

            migrationBuilder.DropColumn(
                name: "refund_id",
                table: "disputes");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "provider_stands");

            migrationBuilder.DropTable(
                name: "test_purchases");

            migrationBuilder.DropTable(
                name: "webhook_refusals");

            migrationBuilder.DropIndex(
                name: "ix_refunds_dispute_id",
                table: "refunds");

            migrationBuilder.DropColumn(
                name: "dispute_id",
                table: "refunds");

            migrationBuilder.DropColumn(
                name: "points",
                table: "order_flags");

            migrationBuilder.AddColumn<Guid>(
                name: "refund_id",
                table: "disputes",
                type: "uuid",
                nullable: true);

            migrationBuilder.AlterColumn<string>(
                name: "reason",
                table: "approvals",
                type: "character varying(200)",
                maxLength: 200,
                nullable: false,
                oldClrType: typeof(string),
                oldType: "character varying(500)",
                oldMaxLength: 500);

            migrationBuilder.CreateTable(
                name: "refund_proposals",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    asked_at = table.Column<long>(type: "bigint", nullable: false),
                    asked_by = table.Column<long>(type: "bigint", nullable: false),
                    content = table.Column<string>(type: "character varying(8000)", maxLength: 8000, nullable: false),
                    decided_at = table.Column<long>(type: "bigint", nullable: true),
                    decided_by = table.Column<long>(type: "bigint", nullable: true),
                    order_id = table.Column<long>(type: "bigint", nullable: false),
                    state = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false)
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
                name: "ix_disputes_refund_id",
                table: "disputes",
                column: "refund_id");

            migrationBuilder.CreateIndex(
                name: "ix_refund_proposals_order_id",
                table: "refund_proposals",
                column: "order_id");

            migrationBuilder.AddForeignKey(
                name: "fk_disputes_refunds_refund_id",
                table: "disputes",
                column: "refund_id",
                principalTable: "refunds",
                principalColumn: "id",
                onDelete: ReferentialAction.Restrict);
        }
    }
}
