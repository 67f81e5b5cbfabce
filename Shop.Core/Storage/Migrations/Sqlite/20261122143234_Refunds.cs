using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Shop.Core.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class Refunds : Migration
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

            migrationBuilder.AddColumn<string>(
                name: "clear_reason",
                table: "order_flags",
                type: "TEXT",
                maxLength: 500,
                nullable: true);

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

            migrationBuilder.CreateIndex(
                name: "ix_refunds_actor_id_created_at",
                table: "refunds",
                columns: new[] { "actor_id", "created_at" },
                filter: "\"actor_id\" IS NOT NULL");

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
                name: "ix_refund_proposals_order_id",
                table: "refund_proposals",
                column: "order_id");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "disputes");

            migrationBuilder.DropTable(
                name: "refund_proposals");

            migrationBuilder.DropIndex(
                name: "ix_refunds_actor_id_created_at",
                table: "refunds");

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
                name: "clear_reason",
                table: "order_flags");
        }
    }
}
